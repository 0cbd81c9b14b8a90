/** Milliseconds for each question to socketfilterfw. */
export const QUESTION_TIMEOUT_MS = 10_000;
/** From this macOS on, allowing signed built-in programs lets bootpd through without a rule. */
export const SIGNED_COVERS_BOOTPD_MACOS_MAJOR = 15;
