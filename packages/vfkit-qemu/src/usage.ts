import { ENVIRONMENT } from "./defaults.js";

/** What follows `Error: ...` on stderr, and what `--help` prints. */
export const USAGE = `Usage:
  vfkit [flags]

Flags:
  -b, --bootloader linux,kernel=PATH,initrd=PATH,cmdline="..."
                                bootloader configuration
  -c, --cpus uint               number of virtual CPUs (default 1)
  -d, --device stringArray      devices
  -h, --help                    help for vfkit
  -i, --initrd string           path to the virtual machine initrd
  -k, --kernel string           path to the virtual machine Linux kernel
  -C, --kernel-cmdline string   Linux kernel command line
      --log-level string        set log level: debug, info or error
  -m, --memory uint             virtual machine RAM size in mebibytes (default 512)
      --pidfile string          path to the pid file
      --restful-uri string      URI address for RESTful services (default "none://")
  -v, --version                 version for vfkit
`;

/** What `--help` prints besides. */
export const HELP: string = `vfkit's command line and REST API on top of QEMU, for Linux.

${USAGE}
Environment:
  ${ENVIRONMENT.architecture}       arm64 or x64: the guest's (default: the computer's; another is emulated)
  ${ENVIRONMENT.accelerator}      kvm or tcg (default: kvm where it works)
  ${ENVIRONMENT.natTaps}   prefix of the tap interfaces for nat (default: QEMU's user network)
  ${ENVIRONMENT.runDir}    directory for locks and short-lived sockets
`;
