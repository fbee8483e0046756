// What the page does when scripts run: it posts in the background and hears of news by long
// polling. One request is always open; its cursor names what was seen, so that a connection that
// comes back misses nothing.

"use strict";

const room = document.getElementById("room");
const list = document.getElementById("messages");
const state = document.getElementById("status");
const form = document.getElementById("say");
const box = form.elements.text;

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
// The server answers well before this; a connection that is silent for longer is dead.
const PATIENCE = 90000;

// Messages

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = clock.format(new Date(time.dateTime));
  }
}

function atBottom() {
  return room.scrollHeight - room.scrollTop - room.clientHeight < 80;
}

function toBottom() {
  room.scrollTop = room.scrollHeight;
}

function show(news) {
  const follow = atBottom() || news.reset;
  const fresh = document.createElement("template");
  // The server has escaped what people wrote.
  fresh.innerHTML = news.messages.join("");
  localTimes(fresh.content);
  if (news.reset) {
    list.replaceChildren(fresh.content);
  } else {
    for (const message of fresh.content.children) message.classList.add("new");
    list.append(fresh.content);
  }
  room.dataset.cursor = news.cursor;
  if (follow) toBottom();
}

// News

function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    // No need to wait when the machine says that its network is back.
    addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

async function listen() {
  let wait = FIRST_PAUSE;
  for (;;) {
    try {
      const answer = await fetch("/news?cursor=" + encodeURIComponent(room.dataset.cursor), {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 403) return location.assign("/signin");
      if (!answer.ok) throw new Error(answer.statusText);
      show(await answer.json());
      if (wait !== FIRST_PAUSE) state.textContent = "";
      wait = FIRST_PAUSE;
    } catch {
      if (wait !== FIRST_PAUSE) state.textContent = room.dataset.lost;
      // Not everybody at once when the server comes back.
      await pause(wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, LONGEST_PAUSE);
    }
  }
}

// Posting

let sending = false;

async function say() {
  const text = box.value.trim();
  if (!text || sending) return;
  sending = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (answer.ok) {
      box.value = "";
      state.textContent = "";
      toBottom();
    } else {
      state.textContent = (await answer.json()).error;
    }
  } catch {
    state.textContent = room.dataset.failed;
  } finally {
    sending = false;
    box.focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});

box.addEventListener("keydown", (event) => {
  // Enter sends, Shift-Enter starts a line; Enter that ends a composition does neither.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

localTimes(list);
toBottom();
listen();
