// Loaded before every program of Node.js in a lab of another architecture. vfm is told that the computer
// is of that one; whatever else runs, a test runner with its native parts or QEMU, must know the truth.
const [, program = ""] = process.argv;
if (program.endsWith("/apps/cli/dist/main.js")) {
  Object.defineProperty(process, "arch", { value: process.env["VFM_LAB_ARCH"], enumerable: true });
}
