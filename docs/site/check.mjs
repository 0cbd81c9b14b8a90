// Looks at the built site in a browser: every page renders without an error, every link and anchor
// leads somewhere (a link to a file of this repository too), the search finds, and a phone shows no
// page wider than itself.
//   pnpm run docs && pnpm run docs:check      pictures: docs/.reports
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "./browser.mjs";
import { fileOf, serve } from "./serve.mjs";

const BASE = "/vfkit-machine/";
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const IN_REPOSITORY =
  /^https:\/\/github\.com\/vfkit-machine\/vfkit-machine\/(?:blob|edit|tree)\/main\/(.*)$/;
const PICTURES = [
  "",
  "quick-start",
  "guides/two-machines",
  "architecture",
  "states",
  "benchmarks",
  "cli/reference",
  "api/@vfkit-machine/driver",
];
const SEARCHES = [
  ["vmnet-helper sudo", /troubleshooting|two-machines|vmnet-helper/],
  ["createMachine", /api|library|driver/],
  ["ERR_NO_LEASE", /driver|library|api/],
];

const docs = join(import.meta.dirname, "..");
const dist = join(docs, ".vitepress/dist");
const reports = join(docs, ".reports");
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const problems = [];
const site = await serve(dist, BASE);
const browser = await openBrowser();
try {
  const page = await browser.context.newPage();
  await page.setViewportSize(DESK);
  let where = "";
  page.on("pageerror", (error) => problems.push(`${where}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`${where}: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const { errorText } = request.failure() ?? {};
    // What a page asks for in advance ends when the next page is opened.
    if (errorText !== "net::ERR_ABORTED") {
      problems.push(`${where}: ${errorText}: ${request.url()}`);
    }
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.origin) && !url.startsWith("data:")) {
      problems.push(`${where}: asks somebody else: ${url}`);
    }
  });

  const paths = readdirSync(dist, { recursive: true })
    .filter((name) => name.endsWith(".html") && name !== "404.html")
    .map((name) => name.replace(/(?:index)?\.html$/, ""))
    .toSorted((a, b) => a.localeCompare(b));
  const seen = new Map();
  for (const path of paths) {
    where = `/${path}`;
    seen.set(`${BASE}${path}`, await look(page, `${site.origin}${BASE}${path}`));
  }
  for (const [path, { links }] of seen) checkLinks(path, links, seen);

  for (const [words, expected] of SEARCHES) {
    where = `search for ${words}`;
    await search(page, words, expected);
  }
  where = "pictures";
  for (const [size, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
    await page.setViewportSize(viewport);
    for (const path of PICTURES) {
      await page.goto(`${site.origin}${BASE}${path}`, { waitUntil: "networkidle" });
      const name = path === "" ? "home" : path.replaceAll(/[^a-z-]+/g, "-");
      await page.screenshot({ path: join(reports, `${name}-${size}.png`) });
    }
  }
  console.log(`${paths.length} pages, ${problems.length} problems`);
} finally {
  await browser.close();
  await site.stop();
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** Opens a page; its title, what it links to, and the anchors that it has. */
async function look(page, url) {
  const response = await page.goto(url, { waitUntil: "load" });
  if (response?.status() !== 200) problems.push(`${url}: HTTP ${response?.status()}`);
  await page.locator("#app .VPContent").waitFor();
  const seen = await page.evaluate(() => ({
    title: document.querySelector("h1")?.textContent?.trim() ?? "",
    text: document.querySelector(".VPContent")?.textContent?.trim().length ?? 0,
    links: [...document.querySelectorAll(".VPContent a[href], .VPSidebar a[href], .VPNav a[href]")]
      .map((link) => link.href)
      .filter((href) => !href.startsWith("mailto:")),
    ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    brokenImages: [...document.images]
      .filter(({ complete, naturalWidth }) => complete && naturalWidth === 0)
      .map(({ src }) => src),
  }));
  if (seen.title === "") problems.push(`${url}: no heading`);
  if (seen.text < 100) problems.push(`${url}: next to nothing on it`);
  await page.setViewportSize(PHONE);
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (tooWide > 0) problems.push(`${url}: ${tooWide} pixels wider than a phone`);
  await page.setViewportSize(DESK);
  for (const src of seen.brokenImages) problems.push(`${url}: picture ${src} does not show`);
  return { links: new Set(seen.links), ids: new Set(seen.ids) };
}

/** Links inside the site or the repository must lead to a file, and anchors to an element. */
function checkLinks(from, links, seen) {
  for (const link of links) {
    const url = new URL(link);
    const [, source] = IN_REPOSITORY.exec(`${url.origin}${url.pathname}`) ?? [];
    if (source !== undefined && !existsSync(join(docs, "..", decodeURIComponent(source)))) {
      problems.push(`${from}: links to ${source}, which this repository does not have`);
    }
    if (url.origin !== site.origin) continue;
    const file = fileOf(dist, BASE, url.pathname);
    if (file === undefined) problems.push(`${from}: links to ${url.pathname}, which is not there`);
    const anchor = decodeURIComponent(url.hash.slice(1));
    const target = seen.get(url.pathname.replace(/\.html$/, ""));
    if (anchor !== "" && target !== undefined && !target.ids.has(anchor)) {
      problems.push(`${from}: links to ${url.pathname}${url.hash}, which that page does not have`);
    }
  }
}

async function search(page, words, expected) {
  await page.goto(`${site.origin}${BASE}`);
  await page.locator(".VPNavBarSearch button").first().click();
  await page.locator(".VPLocalSearchBox input").fill(words);
  const first = page.locator(".VPLocalSearchBox .result").first();
  await first.waitFor({ timeout: 10_000 }).catch(() => problems.push(`nothing found: ${words}`));
  const hrefs = await page
    .locator(".VPLocalSearchBox .result")
    .evaluateAll((found) => found.slice(0, 5).map(({ href }) => href));
  if (!hrefs.some((href) => expected.test(href))) {
    problems.push(`search for ${words}: found ${hrefs.join(" ") || "nothing"}`);
    return;
  }
  await first.click();
  await page.locator("#app .VPDoc").waitFor();
}
