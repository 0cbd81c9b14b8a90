#!/usr/bin/python3 -IS
"""/usr/libexec/ApplicationFirewall/socketfilterfw: the command line of macOS's application firewall.

Reads and changes the lab's firewall, with macOS's words. What it says takes effect: see lab_state.
"""
import os
import sys

sys.path.insert(0, "/mnt/lab/libexec")
import lab_state as lab  # noqa: E402

CHANGES = ("--add", "--remove", "--unblockapp", "--unblock", "--blockapp", "--block",
           "--setglobalstate", "--setallowsigned")
ON = {"on": "1", "off": "0"}


def main(argv):
    if not argv:
        print("usage: socketfilterfw [--getglobalstate] [--getallowsigned] [--listapps] "
              "[--add path] [--unblock path] ...")
        return 1
    option, argument = argv[0], argv[1] if len(argv) > 1 else None
    if option in CHANGES:
        return change(option, argument)
    if option == "--getglobalstate":
        enabled = lab.get("firewall-global") == "1"
        print(f"Firewall is {'enabled' if enabled else 'disabled'}. (State = {int(enabled)})")
    elif option == "--getallowsigned":
        state = "ENABLED" if lab.get("firewall-allow-signed") == "1" else "DISABLED"
        # The wording is that of macOS 15.
        print(f"Automatically allow built-in signed software {state}.")
        print(f"Automatically allow downloaded signed software {state}.")
    elif option == "--listapps":
        list_apps(lab.apps())
    else:
        print(f"unrecognized option: {option}")
        return 1
    return 0


def list_apps(apps):
    print(f"Total number of apps = {len(apps)} ")
    for number, (path, allowed) in enumerate(apps.items(), start=1):
        verdict = "Allow" if allowed else "Block"
        print(f"\n{number} : {path} \n             ( {verdict} incoming connections ) ")


def change(option, argument):
    if os.geteuid() != 0:
        print("Must be root to change settings.")
        return 1
    if lab.get("firewall-managed") == "1":
        # Said on stdout, with exit code 0: the real one does that too.
        print("Firewall settings cannot be modified from command line on managed Mac computers.")
        return 0
    if option in ("--setglobalstate", "--setallowsigned"):
        if argument not in ON:
            print(f"{option}: on or off")
            return 1
        key = "firewall-global" if option == "--setglobalstate" else "firewall-allow-signed"
        lab.put(key, ON[argument])
    else:
        if argument is None or not os.path.exists(argument):
            print("The file path you specified does not exist")
            return 1
        change_app(option, argument)
    lab.apply_firewall()
    return 0


def change_app(option, path):
    apps = lab.apps()
    if option == "--add":
        if path in apps:
            print("The application is already part of the firewall")
        else:
            apps[path] = True
            print(f"Application at path ( {path} ) added to firewall")
    elif option == "--remove":
        apps.pop(path, None)
        print(f"Application at path ( {path} ) removed from firewall")
    elif path not in apps:
        print("The application is not part of the firewall")
    else:
        apps[path] = option.startswith("--unblock")
        print("Incoming connection to the application is "
              f"{'permitted' if apps[path] else 'blocked'}")
    lab.put_apps(apps)


sys.exit(main(sys.argv[1:]))
