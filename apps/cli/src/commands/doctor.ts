import type { Action } from "../command-line/types.js";
export const doctor: Action = async () => 0;
