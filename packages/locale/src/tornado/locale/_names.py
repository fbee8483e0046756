"""The names of languages, in English and as their speakers write them. Facts only."""

from __future__ import annotations

_TABLE = """
af_ZA|Afrikaans|Afrikaans
am_ET|Amharic|አማርኛ
ar_AR|Arabic|العربية
az_AZ|Azerbaijani|Azərbaycan
be_BY|Belarusian|Беларуская
bg_BG|Bulgarian|Български
bn_IN|Bengali|বাংলা
bs_BA|Bosnian|Bosanski
ca_ES|Catalan|Català
cs_CZ|Czech|Čeština
cy_GB|Welsh|Cymraeg
da_DK|Danish|Dansk
de_DE|German|Deutsch
de_AT|German (Austria)|Deutsch (Österreich)
de_CH|German (Switzerland)|Deutsch (Schweiz)
el_GR|Greek|Ελληνικά
en_US|English (US)|English (US)
en_GB|English (UK)|English (UK)
en_AU|English (Australia)|English (Australia)
en_CA|English (Canada)|English (Canada)
en_IN|English (India)|English (India)
es_LA|Spanish|Español
es_ES|Spanish (Spain)|Español (España)
es_MX|Spanish (Mexico)|Español (México)
et_EE|Estonian|Eesti
eu_ES|Basque|Euskara
fa_IR|Persian|فارسی
fi_FI|Finnish|Suomi
fr_FR|French|Français
fr_BE|French (Belgium)|Français (Belgique)
fr_CA|French (Canada)|Français (Canada)
fr_CH|French (Switzerland)|Français (Suisse)
ga_IE|Irish|Gaeilge
gl_ES|Galician|Galego
gu_IN|Gujarati|ગુજરાતી
he_IL|Hebrew|עברית
hi_IN|Hindi|हिन्दी
hr_HR|Croatian|Hrvatski
hu_HU|Hungarian|Magyar
hy_AM|Armenian|Հայերեն
id_ID|Indonesian|Bahasa Indonesia
is_IS|Icelandic|Íslenska
it_IT|Italian|Italiano
ja_JP|Japanese|日本語
ka_GE|Georgian|ქართული
kk_KZ|Kazakh|Қазақша
km_KH|Khmer|ខ្មែរ
kn_IN|Kannada|ಕನ್ನಡ
ko_KR|Korean|한국어
ky_KG|Kyrgyz|Кыргызча
lb_LU|Luxembourgish|Lëtzebuergesch
lo_LA|Lao|ລາວ
lt_LT|Lithuanian|Lietuvių
lv_LV|Latvian|Latviešu
mk_MK|Macedonian|Македонски
ml_IN|Malayalam|മലയാളം
mn_MN|Mongolian|Монгол
mr_IN|Marathi|मराठी
ms_MY|Malay|Bahasa Melayu
mt_MT|Maltese|Malti
my_MM|Burmese|မြန်မာ
nb_NO|Norwegian (bokmal)|Norsk (bokmål)
ne_NP|Nepali|नेपाली
nl_NL|Dutch|Nederlands
nl_BE|Dutch (Belgium)|Nederlands (België)
nn_NO|Norwegian (nynorsk)|Norsk (nynorsk)
pa_IN|Punjabi|ਪੰਜਾਬੀ
pl_PL|Polish|Polski
ps_AF|Pashto|پښتو
pt_PT|Portuguese (Portugal)|Português (Portugal)
pt_BR|Portuguese (Brazil)|Português (Brasil)
ro_RO|Romanian|Română
ru_RU|Russian|Русский
si_LK|Sinhala|සිංහල
sk_SK|Slovak|Slovenčina
sl_SI|Slovenian|Slovenščina
so_SO|Somali|Soomaali
sq_AL|Albanian|Shqip
sr_RS|Serbian|Српски
sv_SE|Swedish|Svenska
sw_KE|Swahili|Kiswahili
ta_IN|Tamil|தமிழ்
te_IN|Telugu|తెలుగు
th_TH|Thai|ภาษาไทย
tl_PH|Filipino|Filipino
tr_TR|Turkish|Türkçe
uk_UA|Ukrainian|Українська
ur_PK|Urdu|اردو
uz_UZ|Uzbek|Oʻzbekcha
vi_VN|Vietnamese|Tiếng Việt
zh_CN|Chinese (Simplified)|中文(简体)
zh_HK|Chinese (Hong Kong)|中文(香港)
zh_TW|Chinese (Traditional)|中文(繁體)
zu_ZA|Zulu|isiZulu
"""  # noqa: RUF001  (letters of the languages that look like others)

#: Names by locale code: ``{"fr_FR": {"name_en": "French", "name": "Français"}, ...}``.
LOCALE_NAMES: dict[str, dict[str, str]] = {
    code: {"name_en": english, "name": own}
    for code, english, own in (line.split("|") for line in _TABLE.split("\n") if line)
}


def name_of(code: str) -> str:
    """The language of ``code`` in its own words, or the code if this table does not have it.

    A code without an entry of its own has the name of the language, without a territory.
    """
    if code in LOCALE_NAMES:
        return LOCALE_NAMES[code]["name"]
    language = code.partition("_")[0] + "_"
    for known, names in LOCALE_NAMES.items():
        if known.startswith(language):
            return names["name"].partition("(")[0].rstrip()
    return code
