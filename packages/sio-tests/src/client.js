// What the official client sees, scenario by scenario, for crates/gateway/tests/socketio/clients.rs:
//   node client.js SCENARIO URL TRANSPORTS CONVERSATION
// Says "done" on standard output when all went as it should; throws otherwise.

import assert from "node:assert/strict";
import { once } from "node:events";
import { io } from "socket.io-client";

const [, , scenario, url, transportList, conversation] = process.argv;
const transports = transportList.split(",");

const say = (line) => process.stdout.write(`${line}\n`);

/** The next such event's first argument. */
const next = async (socket, event) => {
  const [argument] = await new Promise((resolve) => socket.once(event, (...all) => resolve(all)));
  return argument;
};

const connect = (namespace, token, options = {}) =>
  io(`${url}${namespace}`, { transports, auth: token && { token }, ...options });

const entered = async (namespace, token, options) => {
  const socket = connect(namespace, token, options);
  const welcome = next(socket, "welcome");
  await Promise.race([
    next(socket, "connect"),
    next(socket, "connect_error").then((error) => Promise.reject(error)),
  ]);
  assert.deepEqual(await welcome, { type: "welcome" });
  return socket;
};

/** Once the upgrade is done, if there is to be one. */
const settled = async ({ io: { engine } }) => {
  if (engine.transport.name !== transports.at(-1)) await once(engine, "upgrade");
};

const scenarios = {
  async events() {
    const socket = await entered("/", "ann");
    const odd = { text: "a\u001eb\n😀\u2028", deep: [[{ x: null }]], n: 1.5 };
    const echo = next(socket, "echo");
    socket.emit("echo", odd);
    assert.deepEqual(await echo, odd);
    // An answer that the dialect gives, and one that it does not.
    const room = await entered(`/rooms/${conversation}/`, "ann");
    assert.deepEqual(await room.emitWithAck("say", "hello"), { ok: true });
    assert.deepEqual(await room.emitWithAck("say", ""), { ok: false });
    assert.equal(await socket.emitWithAck("unknown", 1), undefined);
    const refused = next(socket, "refused");
    socket.emit("echo", Buffer.from("bytes"));
    assert.equal(await refused, "binary");
    assert.equal(await socket.emitWithAck("unknown", Buffer.from("bytes")), undefined);
    const large = "ä".repeat(200_000);
    const echoed = next(socket, "echo");
    socket.emit("echo", large);
    assert.equal(await echoed, large);
  },

  async refused() {
    const refusal = (namespace, token) => next(connect(namespace, token), "connect_error");
    for (const token of [undefined, "nobody"]) {
      const error = await refusal("/", token);
      assert.equal(error.message, "Not authenticated");
      assert.deepEqual(error.data, { code: "token" });
    }
    assert.equal((await refusal(`/rooms/${conversation}/`, "cy")).message, "Forbidden");
    assert.equal((await refusal("/rooms/999999/", "ann")).message, "Forbidden");
    assert.equal((await refusal("/nowhere", "ann")).message, "Invalid namespace");
  },

  async namespaces() {
    const me = await entered("/me/", "bo");
    const room = await entered(`/rooms/${conversation}/`, "ann");
    const slashless = await entered(`/rooms/${conversation}`, "bo");
    assert.equal(new Set([me.io, room.io, slashless.io]).size, 1, "one connection");
    const heard = [me, room, slashless].map((socket) => next(socket, "message_received"));
    room.emit("say", "to all");
    assert.deepEqual(
      (await Promise.all(heard)).map((message) => message.mine),
      [false, true, false],
    );
    // Leaving one leaves the others where they are.
    room.disconnect();
    const later = [me, slashless].map((socket) => next(socket, "message_received"));
    slashless.emit("say", "to some");
    assert.deepEqual(
      (await Promise.all(later)).map((message) => message.mine),
      [true, true],
    );
    room.connect();
    await next(room, "connect");
    const gone = next(me, "disconnect");
    me.emit("go");
    assert.equal(await gone, "io server disconnect");
    assert.deepEqual(await room.emitWithAck("say", "still here"), { ok: true });
  },

  async thousands() {
    const socket = connect("/", "ann");
    const numbers = [];
    const echoes = [];
    socket.on("number", (n) => numbers.push(n));
    socket.on("echo", (n) => echoes.push(n));
    await next(socket, "connect");
    socket.emit("count", 1000);
    for (let n = 0; n < 1000; n += 1) {
      socket.emit("echo", n);
      // Over many turns, so that the upgrade falls in between.
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    while (echoes.length < 1000) await next(socket, "echo");
    const inOrder = Array.from({ length: 1000 }, (_, n) => n);
    assert.deepEqual(numbers, inOrder);
    assert.deepEqual(echoes, inOrder);
    await settled(socket);
    assert.equal(socket.io.engine.transport.name, transports.at(-1));
  },

  async topics() {
    const socket = await entered("/", "ann");
    const room = await entered(`/rooms/${conversation}/`, "bo");
    const stranger = await entered("/", "cy", { forceNew: true });
    assert.deepEqual(await stranger.emitWithAck("join", Number(conversation)), { ok: false });
    stranger.onAny((event) => assert.fail(`a stranger heard ${event}`));
    assert.deepEqual(await socket.emitWithAck("join", Number(conversation)), { ok: true });
    assert.deepEqual(await socket.emitWithAck("join", Number(conversation)), { ok: true });
    const heard = [];
    socket.on("message_received", (message) => heard.push(message.text));
    await room.emitWithAck("say", "one");
    while (heard.length === 0) await next(socket, "message_received");
    assert.deepEqual(await socket.emitWithAck("leave", Number(conversation)), { ok: true });
    await room.emitWithAck("say", "two");
    assert.deepEqual(await socket.emitWithAck("join", Number(conversation)), { ok: true });
    await room.emitWithAck("say", "three");
    while (heard.length < 2) await next(socket, "message_received");
    assert.deepEqual(heard, ["one", "three"]);
  },

  async room() {
    const room = `/rooms/${conversation}/`;
    const polling = await entered(room, "ann", { transports: ["polling"], forceNew: true });
    const websocket = await entered(room, "bo", { transports: ["websocket"], forceNew: true });
    const { WebSocket } = await import("ws");
    const raw = new WebSocket(`${url.replace("http", "ws")}/raw/${conversation}/?token=bo`);
    const [welcome] = await once(raw, "message");
    assert.deepEqual(JSON.parse(welcome), { type: "welcome" });
    const everybody = () =>
      Promise.all([
        next(polling, "message_received"),
        next(websocket, "message_received"),
        once(raw, "message").then(([data]) => JSON.parse(data)),
      ]);
    const speak = [
      () => polling.emit("say", "words"),
      () => websocket.emit("say", "words"),
      () => raw.send('"words"'),
    ];
    for (const [speaker, words] of speak.entries()) {
      const heard = everybody();
      words();
      const mine = speaker === 0 ? [true, false, false] : [false, true, true];
      const message = { type: "message_received", text: "words" };
      assert.deepEqual(
        await heard,
        mine.map((own) => ({ ...message, mine: own })),
      );
    }
    raw.close();
  },

  async recovery() {
    const name = `/rooms/${conversation}/`;
    const away = await entered(name, "ann", { reconnection: false, forceNew: true });
    const here = await entered(name, "bo", { forceNew: true });
    assert.equal(away.recovered, false);
    const heard = [];
    away.on("message_received", (message) => heard.push(message.text));
    away.on("welcome", () => assert.fail("it is the session that it was"));
    await here.emitWithAck("say", "one");
    while (heard.length < 1) await next(away, "message_received");
    const lost = next(away, "disconnect");
    away.io.engine.close();
    await lost;
    await here.emitWithAck("say", "two");
    await here.emitWithAck("say", "three");
    away.connect();
    await next(away, "connect");
    assert.equal(away.recovered, true);
    await here.emitWithAck("say", "four");
    while (heard.length < 4) await next(away, "message_received");
    assert.deepEqual(heard, ["one", "two", "three", "four"]);
    // Who leaves on purpose begins anew. During an upgrade the client does not say that it leaves.
    await settled(away);
    away.off("welcome");
    away.disconnect();
    away.connect();
    await next(away, "welcome");
    assert.equal(away.recovered, false);
  },

  async restart() {
    const socket = connect("/", "ann", { reconnectionDelay: 10, reconnectionDelayMax: 20 });
    await next(socket, "connect");
    const left = next(socket, "disconnect");
    const again = left.then(() => next(socket, "connect"));
    say("connected");
    assert.match(await left, /^transport (close|error)$/);
    await again;
    say("connected");
    const echo = next(socket, "echo");
    socket.emit("echo", 1);
    assert.equal(await echo, 1);
    const sent = next(socket, "disconnect");
    socket.emit("go");
    assert.equal(await sent, "io server disconnect");
    assert.equal(socket.active, false, "it does not come back by itself");
  },
};

await scenarios[scenario]();
process.stdout.write("done\n", () => process.exit(0));
