// What Node.js itself costs: prints its peak memory in KiB.
process.stdout.write(`${process.resourceUsage().maxRSS}\n`);
