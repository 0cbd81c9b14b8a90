// Every option of every command is given by some test that runs vfm, and every command's --json result
// is held to its schema on a real machine. Prints nothing when all is well.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { COMMANDS, GLOBAL_OPTIONS } from "../apps/cli/dist/definitions/index.js";

const SUITE = "apps/e2e/suite";

/** As `create --iso`; an option of the program itself as `--store`. */
const given = new Set();
/** As `stop: kill`; a result whose command is not seen as `stop:`. */
const validated = new Set();

for (const folder of [SUITE, "apps/cli/test"]) {
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".ts"))) {
    const tree = parseAst(readFileSync(join(folder, name), "utf8"), { lang: "ts" });
    const lists = new Map();
    visit(tree, (node) => {
      if (node.type === "VariableDeclarator" && node.init?.type === "ArrayExpression") {
        lists.set(node.id.name, node.init.elements);
      }
    });
    visit(tree, (node) => {
      if (node.type === "ArrayExpression") noteOptions(wordsOf(node.elements, lists));
      if (node.type === "CallExpression") noteCall(node, lists, folder === SUITE);
    });
  }
}

const problems = COMMANDS.flatMap(({ name, options = [], schema }) => [
  ...options
    .map((option) => `${name} --${option.name}`)
    .filter((option) => !given.has(option))
    .map((option) => `no test gives vfm ${option}`),
  ...(schema === undefined || isValidated(schema, name)
    ? []
    : [`no test in ${SUITE} holds what vfm ${name} --json prints to ${schema}.json`]),
]);
for (const { name } of GLOBAL_OPTIONS) {
  if (!given.has(`--${name}`)) problems.push(`no test gives vfm --${name}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function noteCall({ callee, arguments: args }, lists, inSuite) {
  const called = callee.name ?? callee.property?.name;
  if (called === "problems" && inSuite) validated.add(`${args[0]?.value}:`);
  if (called !== "jsonAs") return noteOptions(wordsOf(args, lists));
  // jsonAs(vfm, SCHEMA, COMMAND...) adds --json itself.
  const words = wordsOf(args.slice(2), lists);
  noteOptions(words);
  const command = words.map(commandOf).find((each) => each !== undefined);
  validated.add(`${args[1]?.value}: ${command?.name}`);
}

/** A schema of one command alone need not say whose result it was. */
function isValidated(schema, name) {
  const alone = COMMANDS.filter((command) => command.schema === schema).length === 1;
  return validated.has(`${schema}: ${name}`) || (alone && validated.has(`${schema}:`));
}

/** The options in a command line; words that are none name no command. */
function noteOptions(words) {
  const at = words.findIndex((word) => commandOf(word) !== undefined);
  const command = at < 0 ? undefined : commandOf(words[at]);
  for (const [index, word] of words.entries()) {
    if (word === "--") return;
    const [, name] = /^--?([a-z][a-z-]*)(?:=|$)/i.exec(word) ?? [];
    if (name === undefined) continue;
    const has = (option) => option.name === name || option.short === name;
    const own = index > at ? command?.options?.find(has) : undefined;
    if (own !== undefined) given.add(`${command.name} --${own.name}`);
    else if (GLOBAL_OPTIONS.some(has)) given.add(`--${GLOBAL_OPTIONS.find(has).name}`);
  }
}

function commandOf(word) {
  return COMMANDS.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
}

/** The words that can be read off a list; what is only known when it runs is an empty one. */
function wordsOf(nodes, lists) {
  return nodes.flatMap((node) => {
    if (node?.type === "Literal") return [String(node.value)];
    if (node?.type === "TemplateLiteral") return [node.quasis[0].value.cooked];
    if (node?.type !== "SpreadElement") return [""];
    const list = lists.get(node.argument.name);
    return list === undefined ? [""] : wordsOf(list, lists);
  });
}

function visit(node, look) {
  if (Array.isArray(node)) for (const each of node) visit(each, look);
  if (node === null || typeof node !== "object" || Array.isArray(node)) return;
  if (typeof node.type === "string") look(node);
  for (const value of Object.values(node)) visit(value, look);
}
