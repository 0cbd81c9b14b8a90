// Loaded before every program of Node.js in a lab of another architecture. vfm is told that the computer
// is of that one; whatever else runs, a test runner with its native parts or QEMU, must know the truth.
if (process.argv[1]?.endsWith("/apps/cli/dist/main.js") === true) {
  Object.defineProperty(process, "arch", { value: process.env["VFM_LAB_ARCH"], enumerable: true });
}
