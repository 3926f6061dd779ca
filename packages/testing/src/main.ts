/** `npm run mock`: the demo over the fake world, for working on the pages without the binary. */
import { fixmateToken } from "./fixmate.ts";
import { nativeToken } from "./native.ts";
import { serve } from "./serve.ts";
import { type Person, World } from "./world.ts";

const pages = new URL("../../pages/dist/", import.meta.url);
const firstPort = Number(process.env.PORT ?? 8000);
const delayMs = Number(process.env.DELAY_MS ?? 0);

/** Two demo people, a conversation with some days of history, and a few more so that the list has a length. */
function demoWorld(): { world: World; people: Person[]; conversation: string } {
  const world = new World();
  const customer = world.addPerson("Demo Customer", "customer", "customer@demo.example");
  const provider = world.addPerson("Demo Provider", "provider", "provider@demo.example");
  const daysAgo = (days: number, minute = 0): string =>
    new Date(Date.now() - days * 86_400_000 + minute * 60_000).toISOString();
  for (const title of ["Paint the hallway", "Replace a socket", "سباكة المطبخ"]) {
    const id = world.addConversation([customer, provider], title, daysAgo(9));
    world.send(provider.user.id, id, {
      body: `About “${title}”: when suits you?`,
      clientId: id,
      at: daysAgo(8),
    });
  }
  const conversation = world.addConversation([customer, provider], "Leaking kitchen tap", daysAgo(2));
  const script: [Person, string, number, number][] = [];
  for (let n = 1; n <= 70; n += 1) script.push([n % 3 ? customer : provider, `Earlier note ${n}`, 3, n]);
  script.push(
    [customer, "Good morning! The tap in our kitchen has been dripping since yesterday.", 1, 0],
    [provider, "Good morning. Is it the spout that drips, or the handle?", 1, 3],
    [customer, "The spout. It got worse overnight.", 1, 4],
    [provider, "Then it is the cartridge. I have one here, about 20 minutes of work.", 1, 6],
    [provider, "Would today at 15:00 suit you?", 1, 6],
    [customer, "15:00 is perfect, thank you!", 0, -50],
    [provider, "مرحبا، سأكون هناك في الموعد.", 0, -40],
    [customer, "Notes are at https://example.com/tap?id=7 and <b>this</b> stays text.", 0, -39],
  );
  for (const [index, [person, body, days, minute]] of script.entries()) {
    world.send(person.user.id, conversation, { body, clientId: `demo ${index}`, at: daysAgo(days, minute) });
  }
  world.markRead(provider.user.id, conversation, 76);
  return { world, people: [customer, provider], conversation };
}

const { world, people, conversation } = demoWorld();
/** Of the start page, the native app and the FixMate app, once they listen. */
const urls: string[] = [];
const address = (index: number): string => urls[index] ?? "";
const config = () => {
  const described = people.map((person) => ({
    name: person.user.name,
    username: person.username,
    password: person.password,
    role: person.user.role,
    native_token: nativeToken(person.user.id),
    fixmate_token: fixmateToken(person),
    user: person.user.id,
    user_id: person.number,
  }));
  const number = world.conversations.get(conversation)?.number;
  const about = { people: described, conversation: { uuid: conversation, id: number } };
  const [left, right] = people;
  return {
    apps: [
      { name: "native", dialects: ["native"], url: address(1), ...about },
      { name: "fixmate", dialects: ["native", "fixmate"], url: address(2), ...about },
    ],
    panes: [
      { title: "Customer, native dialect", url: `${address(2)}/demo/chat.html#person=${left?.username}` },
      {
        title: "Provider, FixMate dialect",
        url: `${address(2)}/demo/fixmate.html#person=${right?.username}`,
      },
    ],
  };
};

for (const [index, name] of ["start", "native", "fixmate"].entries()) {
  const prefix = index === 0 ? "/" : "/demo/";
  const port = firstPort === 0 ? 0 : firstPort + index;
  const { url } = await serve(world, { port, pages, prefix, config, delayMs });
  urls.push(url);
  process.stdout.write(`parlance: listening on ${url} (${name})\n`);
}
