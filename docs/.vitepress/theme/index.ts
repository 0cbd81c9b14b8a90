import theme from "vitepress/theme";
// oxlint-disable-next-line import/no-unassigned-import -- a style has no value
import "./style.css";

// oxlint-disable-next-line import/no-default-export -- VitePress looks for it
export default theme;
