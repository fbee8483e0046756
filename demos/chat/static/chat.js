// What the page does when scripts run: it hears of news by a WebSocket, or, where the network does
// not let one through, by server-sent events or long polling, and speaks by the WebSocket or a POST.
// All three tell the same: messages, and the cursor that names what was seen, so that a connection
// that comes back misses nothing.

"use strict";

const room = document.getElementById("room");
const list = document.getElementById("messages");
const blank = document.getElementById("blank");
const people = document.getElementById("people");
const state = document.getElementById("status");
const form = document.getElementById("say");
const box = form.elements.text;

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
// The server answers a poll well before this; a connection that is silent for longer is dead.
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

function element({ id, sender, data }) {
  const item = blank.content.firstElementChild.cloneNode(true);
  item.dataset.id = id;
  item.className = `message hue-${parseInt(sender.at(-1), 16) % 8}`;
  item.classList.toggle("own", sender === room.dataset.me);
  item.querySelector(".face").textContent = [...data.nickname][0].toUpperCase();
  item.querySelector("b").textContent = data.nickname;
  item.querySelector("time").dateTime = new Date(parseInt(id, 10)).toISOString();
  item.querySelector(".text").textContent = data.text;
  return item;
}

function show(news) {
  const follow = atBottom() || news.reset;
  const fresh = news.messages.map(element);
  fresh.forEach(localTimes);
  if (news.reset) {
    list.replaceChildren(...fresh);
  } else {
    for (const item of fresh) item.classList.add("new");
    list.append(...fresh);
  }
  room.dataset.cursor = news.cursor;
  if (follow) toBottom();
  showPeople(news);
  for (const message of news.messages) if (message.sender === room.dataset.me) said(message);
  if (pending?.lost) refused(room.dataset.failed);
}

// People

const here = new Map();

function showPeople({ present, joined = [], left = [] }) {
  if (present) here.clear();
  for (const person of [...(present ?? []), ...joined]) here.set(person.name, person.data.nickname);
  for (const person of left) here.delete(person.name);
  people.replaceChildren(...[...here.values()].map((nickname) => {
    const item = document.createElement("li");
    item.textContent = nickname;
    return item;
  }));
}

// Three ways to hear. Each settles when the connection is gone, with whether it ever worked.

let socket = null;

function bySocket() {
  return new Promise((resolve) => {
    const url = new URL("/socket?since=" + room.dataset.cursor, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const opening = new WebSocket(url);
    // A machine that was offline may not notice for long that the connection is dead.
    const renew = () => opening.close();
    addEventListener("online", renew);
    opening.onmessage = (event) => {
      const told = JSON.parse(event.data);
      if (told.error) return refused(told.error);
      if (socket !== opening) hearing("socket");
      socket = opening;
      show(told);
    };
    opening.onclose = () => {
      removeEventListener("online", renew);
      const heard = socket === opening;
      socket = null;
      if (pending) pending.lost = true;
      resolve(heard);
    };
  });
}

function byEvents() {
  return new Promise((resolve) => {
    const source = new EventSource("/events?since=" + room.dataset.cursor);
    let heard = false;
    source.onmessage = (event) => {
      if (!heard) hearing("events");
      heard = true;
      show(JSON.parse(event.data));
    };
    source.onerror = () => { source.close(); resolve(heard); };
  });
}

async function byPolling() {
  for (let heard = false; ; heard = true) {
    try {
      const answer = await fetch("/news?since=" + room.dataset.cursor, {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 403) location.assign("/signin");
      if (!answer.ok) return heard;
      show(await answer.json());
      if (!heard) hearing("polling");
    } catch {
      return heard;
    }
  }
}

function hearing(way) {
  room.dataset.way = way;
  if (state.textContent === room.dataset.lost) state.textContent = "";
}

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
    let heard = false;
    for (const way of [bySocket, byEvents, byPolling]) {
      heard = await way().catch(() => false);
      if (heard) break;
    }
    if (heard) wait = FIRST_PAUSE;
    else state.textContent = room.dataset.lost;
    // Not everybody at once when the server comes back.
    await pause(wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_PAUSE);
  }
}

// Saying something. The box keeps the text until the room has it.

let pending = null;

function said(message) {
  if (!pending || message.data.text !== pending.text) return;
  pending = null;
  box.value = "";
  state.textContent = "";
  toBottom();
}

function refused(why) {
  pending = null;
  state.textContent = why;
}

async function say() {
  const text = box.value.trim();
  if (!text || pending) return;
  pending = { text, lost: false };
  if (socket) return socket.send(JSON.stringify({ text }));
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (answer.ok) said({ data: { text } });
    else refused((await answer.json()).error);
  } catch {
    refused(room.dataset.failed);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  say();
  box.focus();
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
