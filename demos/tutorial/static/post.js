// A script sends the value of the _xsrf cookie with each POST, as the form does.

function getCookie(name) {
  const found = document.cookie.match("\\b" + name + "=([^;]*)\\b");
  return found ? found[1] : undefined;
}

async function postForm(url, args) {
  const body = new URLSearchParams({ ...args, _xsrf: getCookie("_xsrf") });
  const answer = await fetch(url, { method: "POST", body });
  return answer.text();
}

document.getElementById("script").addEventListener("click", async () => {
  const text = await postForm("/new_message", { message: "from a script" });
  document.getElementById("answer").textContent = text;
});
