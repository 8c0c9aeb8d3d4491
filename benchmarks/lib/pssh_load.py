"""parallel-ssh (libssh2) does what a user would write with it: copy_file to all hosts, then one command.

pssh_load.py KEY FORKS FILE DESTINATION COMMAND HOST…     with FILE - : the command alone
"""
import sys

from gevent import joinall
from pssh.clients import ParallelSSHClient

key, forks, source, destination, command, *hosts = sys.argv[1:]
port = 22
if len(hosts) == 1 and hosts[0].startswith("@"):
    with open(hosts[0][1:]) as file:
        port, *hosts = file.read().split()
client = ParallelSSHClient(hosts, user="root", port=int(port), pkey=key, pool_size=int(forks), num_retries=1)
if source != "-":
    joinall(client.copy_file(source, destination), raise_error=True)
failed = 0
for output in client.run_command(command):
    lines = list(output.stdout) + list(output.stderr)
    if output.exit_code != 0:
        failed = 1
        print(output.host, output.exit_code, *lines, sep="\n")
sys.exit(failed)
