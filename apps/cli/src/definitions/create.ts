import type { CommandDefinition } from "../command-line/types.js";
import { TIMEOUT } from "./options.js";

export const create: CommandDefinition = {
  name: "create",
  summary: "make a machine from an ISO and start it",
  description: `The ISO is a file, a URL, or minikube, which downloads minikube's own (1.38.0;
minikube@VERSION is another). A download is checked against its published sum
and kept for the next machine: see vfm cache --help.

A machine can also be described in a file of YAML or JSON (--file); an option
given as well wins over what is in the file.`,
  arguments: [{ name: "name", complete: "nothing" }],
  options: [
    {
      name: "iso",
      value: "ISO",
      summary: "boot2docker-style ISO: PATH, URL, minikube or minikube@VERSION",
      complete: "file",
    },
    { name: "file", value: "FILE", summary: "description of the machine", complete: "file" },
    {
      name: "cpus",
      value: "N",
      summary: "virtual CPUs",
      default: "2",
      complete: "nothing",
    },
    {
      name: "memory",
      value: "SIZE",
      summary: "memory, as in 4GiB",
      default: "4GiB",
      complete: "nothing",
    },
    {
      name: "disk",
      value: "SIZE",
      summary: "size of the data disk, sparse",
      default: "20GiB",
      complete: "nothing",
    },
    {
      name: "extra-disk",
      value: "SIZE",
      summary: "one more disk",
      repeats: true,
      complete: "nothing",
    },
    {
      name: "network",
      value: "MODE",
      summary: "nat, or vmnet-shared for machines that reach each other",
      default: "nat",
      complete: ["nat", "vmnet-shared"],
    },
    {
      name: "mac",
      value: "ADDRESS",
      summary: "MAC address, unicast",
      default: "derived from the name",
      complete: "nothing",
    },
    {
      name: "mount",
      value: "HOST:GUEST",
      summary: "show a directory of this computer in the guest",
      repeats: true,
      complete: "directory",
    },
    { name: "rosetta", summary: "run x86-64 programs in the guest (Apple silicon only)" },
    {
      name: "kernel-cmdline",
      value: "TEXT",
      summary: "appended to the kernel's command line",
      complete: "nothing",
    },
    {
      name: "ssh-port",
      value: "PORT",
      summary: "port of SSH in the guest",
      default: "22",
      complete: "nothing",
    },
    { name: "no-start", summary: "make it, but do not start it" },
    { name: "dry-run", summary: "check everything, print the vfkit command, make nothing" },
    TIMEOUT,
  ],
  examples: [
    "vfm create --iso minikube",
    "vfm create c1 --iso ./b2d.iso --cpus 4 --memory 8GiB --network vmnet-shared",
    "vfm create c1 --iso minikube --extra-disk 5GiB --mount ~/src:/src",
    "vfm create --file machine.yaml",
    "vfm create c1 --iso minikube --dry-run",
  ],
  schema: "create",
  load: async () => (await import("../commands/create.js")).create,
};
