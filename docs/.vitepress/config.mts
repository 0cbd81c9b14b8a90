import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

const DOCS = fileURLToPath(new URL("..", import.meta.url));
const REPOSITORY = "https://github.com/vfkit-machine/vfkit-machine";

/** Pages of a folder, one link each, in the order of their names. */
function pagesOf(folder: string): { text: string; link: string }[] {
  if (!existsSync(`${DOCS}${folder}`)) return [];
  return readdirSync(`${DOCS}${folder}`)
    .filter((name) => name.endsWith(".md") && name !== "index.md")
    .map((name) => name.slice(0, -".md".length))
    .map((name) => ({ text: name, link: `/${folder}/${name}` }));
}

/** Where a page is written: those that site/build.mjs makes are other files, or none. */
function sourceOf(page: string): string | undefined {
  const [, name] = /^packages\/([^/]+)\.md$/.exec(page) ?? [];
  if (name === "index" || page.startsWith("api/") || page === "benchmarks.md") return undefined;
  if (name !== undefined) return `${name === "cli" ? "apps" : "packages"}/${name}/README.md`;
  if (["changelog.md", "security.md", "specification.md"].includes(page)) {
    return `${page.slice(0, -".md".length).toUpperCase()}.md`;
  }
  return `docs/${page}`;
}

const optional = (page: string, text: string): { text: string; link: string }[] =>
  existsSync(`${DOCS}${page}.md`) ? [{ text, link: `/${page}` }] : [];

// oxlint-disable-next-line import/no-default-export -- VitePress looks for it
export default defineConfig({
  title: "vfkit-machine",
  description: "Linux machines on macOS through vfkit: the vfm command, a driver, and packages",
  base: "/vfkit-machine/",
  cleanUrls: true,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: "/vfkit-machine/icon.svg" }]],
  srcExclude: ["**/node_modules/**", "api-surface/**"],
  transformPageData: ({ filePath, frontmatter }) => {
    const source = sourceOf(filePath);
    return { frontmatter: { ...frontmatter, ...(source ? { source } : { editLink: false }) } };
  },
  // The index of the search is one file.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    logo: "/icon.svg",
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Quick start", link: "/quick-start" },
      { text: "Guides", link: "/guides/two-machines" },
      { text: "Commands", link: "/cli/reference" },
      { text: "Packages", link: "/packages/" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      {
        text: "Begin",
        items: [
          { text: "Quick start", link: "/quick-start" },
          { text: "Compatibility", link: "/compatibility" },
          { text: "Commands of vfm", link: "/cli/reference" },
        ],
      },
      {
        text: "Guides",
        items: [
          { text: "Two machines on one network", link: "/guides/two-machines" },
          { text: "Directories of the Mac", link: "/guides/mounts" },
          { text: "Docker over SSH", link: "/guides/docker-over-ssh" },
          { text: "Use it as a library", link: "/guides/library" },
          { text: "Write a tool of your own", link: "/guides/own-tool" },
          { text: "Troubleshooting by symptom", link: "/guides/troubleshooting" },
          { text: "Examples", link: "/examples" },
        ],
      },
      {
        text: "How it works",
        items: [
          { text: "Architecture", link: "/architecture" },
          { text: "States", link: "/states" },
          { text: "Promises and their tests", link: "/specification" },
          { text: "Security", link: "/security" },
          { text: "Benchmarks", link: "/benchmarks" },
          ...optional("soak", "Soak"),
          { text: "Decisions", collapsed: true, items: pagesOf("decisions") },
        ],
      },
      { text: "Packages", collapsed: true, link: "/packages/", items: pagesOf("packages") },
      { text: "API", collapsed: true, link: "/api/", items: pagesOf("api/@vfkit-machine") },
      {
        text: "The project",
        items: [
          { text: "Changelog", link: "/changelog" },
          { text: "Node.js versions", link: "/node-versions" },
          { text: "Testing on a Mac", link: "/macos-testing" },
          { text: "Releasing", link: "/releasing" },
        ],
      },
    ],
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    editLink: {
      // Sent to the browser as text: it knows nothing of this file.
      pattern: ({ frontmatter }) =>
        `https://github.com/vfkit-machine/vfkit-machine/edit/main/${frontmatter["source"]}`,
    },
    footer: { message: "Apache-2.0" },
  },
});
