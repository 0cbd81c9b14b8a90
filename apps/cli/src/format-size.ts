/** As in `4 GiB`, `512 MiB`, `1.5 GiB`. */
export function formatSizeMiB(sizeMiB: number): string {
  if (sizeMiB < 1024) return `${sizeMiB} MiB`;
  const sizeGiB = sizeMiB / 1024;
  return `${Number.isInteger(sizeGiB) ? sizeGiB : sizeGiB.toFixed(1)} GiB`;
}
