/// Configurations that ssh accepts.
let goodConfigs: [ConfigCase] = [
  ConfigCase("empty", ""),
  ConfigCase("comments and blanks", "# a\n\n   \t\n  # b\n\t#c\nPort 2222\n"),
  ConfigCase("first value wins", "Port 1\nPort 2\nUser a\nUser b\nHost *\n Port 3\n"),
  ConfigCase("keywords in any case", "hOsTnAmE A.Example\nPORT 7\nuSER Bob\n"),
  ConfigCase(
    "equals signs", "Port=2222\nUser = bob\nHostName= h\nBindAddress =1.2.3.4\nConnectTimeout\t=\t5\n"),
  ConfigCase(
    "quoted arguments", "User \"bob\"\nIdentityFile \"/a b/c\"\nUserKnownHostsFile \"/x y\" '/z w' plain\n"),
  ConfigCase(
    "escapes",
    "IdentityFile /a\\ b\nIdentityFile \"a\\\"b\"\nIdentityFile a\\\\b\nIdentityFile a\\nb\nIdentityFile 'it\\'s'\n"
  ),
  ConfigCase("quotes inside a word", "IdentityFile /a\"b c\"d\nIdentityFile 'x'\"y\"\n"),
  ConfigCase("comments after arguments", "Port 22 # comment\nUser bob#not\nIdentityFile /a #b\n"),
  ConfigCase("a hash in quotes", "IdentityFile \"# x\"\nUser '#bob'\n"),
  ConfigCase("a backslash continues nothing", "IdentityFile /a\\\nPort 23\n"),
  ConfigCase("carriage returns", "Host node1\r\n  Port 2200\r\n  User bob\r\n"),
  ConfigCase("form feed at the end", "Port 2200\u{0c}\nUser bob \u{0c} \n"),
  ConfigCase("no line feed at the end", "Port 2200\nUser bob"),
  ConfigCase("tabs and leading blanks", "\t Host\tnode1 \t node2\n\t\tPort\t\t2200\n"),
  ConfigCase("a quoted keyword", "\"Port\" 2200\n"),
  ConfigCase(
    "host patterns",
    "Host node?\n Port 1\nHost node*\n User a\nHost ?ode1\n BindAddress 9.9.9.9\nHost n\n User no\n"),
  ConfigCase(
    "host negation", "Host * !node1\n Port 1\nHost !node2 *\n User a\nHost !node1\n BindAddress 1.1.1.1\n"),
  ConfigCase("negation ends the line", "Host node1 !node* node1\n Port 1\nHost *\n Port 2\n"),
  ConfigCase("host letters' case counts", host: "Node1", "Host node1\n Port 1\nHost Node1\n Port 2\n"),
  ConfigCase("host in quotes", "Host \"node1\" x\n Port 5\n"),
  ConfigCase("host with a comment", "Host other #node1\n Port 5\nHost node1 # x\n Port 6\n"),
  ConfigCase("host does not look at HostName", "Host node1\n HostName real\nHost real\n Port 5\n"),
  ConfigCase("a comma is part of a host pattern", "Host a,node1\n Port 5\n"),
  ConfigCase("HostName with %h", "Host node1\n HostName %h.Example.COM\n"),
  ConfigCase("HostName with %%", "HostName a%%b\n"),
  ConfigCase("HostName of an IPv6 address", "HostName FE80::1\n"),
  ConfigCase("an IPv6 host", host: "fe80::1", "Host fe80::*\n Port 5\n"),
  ConfigCase("upper case host", host: "NODE1.Example", ""),
  ConfigCase(
    "match host",
    "Match host node1\n Port 1\nMatch host x,node*\n User a\nMatch host !node1,*\n BindAddress 1.1.1.1\n"),
  ConfigCase(
    "match host after HostName",
    "HostName Real\nMatch host node1\n Port 1\nMatch host REAL\n Port 2\nMatch originalhost NODE1\n User a\n"),
  ConfigCase("match host with %h", "HostName %h.example\nMatch host node1.example\n Port 3\n"),
  ConfigCase("match all", "Match all\n Port 4\n"),
  ConfigCase("match !all", "Match !all\n Port 4\nMatch all\n Port 5\n"),
  ConfigCase("match canonical all", "Match canonical all\n Port 4\nMatch !canonical all\n Port 6\n"),
  ConfigCase("match final", "Match final\n Port 4\nHost *\n Port 5\n User u\n"),
  ConfigCase("match final host", "HostName real\nMatch final host real\n Port 4\nMatch !final\n User x\n"),
  ConfigCase(
    "the final pass sees the new host",
    "Host node1\n HostName real\nHost real\n Port 8\n IdentityFile /r\nMatch final all\n IdentityFile /f\n"),
  ConfigCase(
    "match user",
    "User bob\nMatch user bob\n Port 1\nMatch user b*,!bob\n Port 2\nMatch user alice\n Port 3\n"),
  ConfigCase("match user before User", "Match user root\n Port 1\nUser bob\n"),
  ConfigCase("match localuser", "Match localuser root\n Port 1\nMatch !localuser root\n Port 2\n"),
  ConfigCase("match several", "Match host node1 user root\n Port 1\nMatch host node1 user x\n User y\n"),
  ConfigCase("match negated", "Match !host node1\n Port 1\nMatch !host node2 !user x\n Port 2\n"),
  ConfigCase("match with equals signs", "Match host=node1 user=\"root\"\n Port 1\n"),
  ConfigCase("match with a comment", "Match host node1 # user nobody\n Port 1\n"),
  ConfigCase(
    "match exec", "Match exec true\n Port 1\nMatch exec false\n User no\nMatch !exec false\n User yes\n"),
  ConfigCase(
    "match exec with words",
    "Match host node1 exec \"test %h = node1 -a %n = node1 -a %p = 2200\"\n Port 1\nPort 2\n"),
  ConfigCase(
    "match exec tokens",
    "User bob\nHostName real\nPort 2200\nMatch exec \"test %h.%r.%p.%n = real.bob.2200.node1\"\n BindAddress 1.2.3.4\n"
  ),
  ConfigCase(
    "match exec is not run in vain",
    "Match host other exec \"touch @DIR@/ran\"\n Port 1\nMatch exec \"test -e @DIR@/ran\"\n Port 2\nMatch all\n Port 3\n"
  ),
  ConfigCase(
    "match exec in the environment's shell", "Match exec \"test x$GANTRY_NOT_SET = x && exit 0\"\n Port 9\n"),
  ConfigCase("include", "Include @DIR@/a\nPort 1\n", ["a": "Port 2\nUser a\n"]),
  ConfigCase(
    "include with a glob, in order", "Include @DIR@/d/*.conf\n",
    ["d/b.conf": "Port 2\n", "d/a.conf": "Port 1\n", "d/c.txt": "User x\n"]),
  ConfigCase("include of nothing", "Include @DIR@/none @DIR@/n*\nPort 3\n"),
  ConfigCase(
    "include in a block", "Host other\n Include @DIR@/a\nHost node1\n Include @DIR@/b\n",
    ["a": "Port 1\n", "b": "Port 2\n"]),
  ConfigCase(
    "a block ends with its file", "Host node1\n Include @DIR@/a\n User u\n", ["a": "Host other\n Port 1\n"]),
  ConfigCase(
    "hosts in a file of another block", "Host other\n Include @DIR@/a\n",
    ["a": "Host node1\n Port 1\nMatch host node1\n User x\n"]),
  ConfigCase(
    "nested includes", "Include @DIR@/a\n",
    ["a": "Include @DIR@/b\nPort 1\n", "b": "Include @DIR@/c\n", "c": "Port 3\n"]),
  ConfigCase(
    "include of several", "Include \"@DIR@/a\" @DIR@/b # @DIR@/c\n",
    ["a": "Port 1\n", "b": "User b\n", "c": "BindAddress 1.1.1.1\n"]),
  ConfigCase(
    "identity files add up",
    "IdentityFile ~/a\nIdentityFile %d/b\nIdentityFile ~/a\nHost node1\n IdentityFile c\n"),
  ConfigCase("identity file none", "IdentityFile none\n"),
  ConfigCase(
    "certificates", "CertificateFile ~/c-cert.pub\nCertificateFile /d\nCertificateFile ~/c-cert.pub\n"),
  ConfigCase("identities only", "IdentitiesOnly yes\n"),
  ConfigCase("flags in any case", "IdentitiesOnly TRUE\nHashKnownHosts Yes\nPasswordAuthentication FALSE\n"),
  ConfigCase("identity agent", "IdentityAgent ~/agent.%p\nPort 5\n"),
  ConfigCase("identity agent none", "IdentityAgent none\n"),
  ConfigCase("identity agent by variable", "IdentityAgent $GANTRY_TEST_NAME\n"),
  ConfigCase("identity agent by ${}", "IdentityAgent ${GANTRY_TEST_NAME}/s\n"),
  ConfigCase("identity agent by name", "IdentityAgent SSH_AUTH_SOCK\n"),
  ConfigCase(
    "known hosts",
    "UserKnownHostsFile ~/a %d/b /c-%h-%p-%r\nGlobalKnownHostsFile /g1 /g2\nUserKnownHostsFile /later\n"),
  ConfigCase("known hosts none", "UserKnownHostsFile none\nGlobalKnownHostsFile none\n"),
  ConfigCase("known hosts /dev/null", "UserKnownHostsFile /dev/null\nStrictHostKeyChecking no\n"),
  ConfigCase("host key checking yes", "StrictHostKeyChecking yes\n"),
  ConfigCase("host key checking off", "StrictHostKeyChecking off\n"),
  ConfigCase("host key checking accept-new", "StrictHostKeyChecking Accept-New\n"),
  ConfigCase("host key checking ask", "StrictHostKeyChecking ask\nStrictHostKeyChecking no\n"),
  ConfigCase("host key alias", "HostKeyAlias Alias.Example\n"),
  ConfigCase("times", "ConnectTimeout 1m30s\nServerAliveInterval 2H\n"),
  ConfigCase(
    "time none", "ConnectTimeout none\nConnectTimeout 7\nServerAliveInterval none\nServerAliveInterval 1d\n"),
  ConfigCase("numbers", "ServerAliveCountMax 0\nConnectionAttempts 4\n"),
  ConfigCase("a port by its service", "Port ssh\n"),
  ConfigCase("address family", "AddressFamily INET6\nBindAddress ::1\n"),
  ConfigCase("proxy jump", "ProxyJump bob@bastion:2222\n"),
  ConfigCase("proxy jump over several", "ProxyJump a,bob@b:1,c\n"),
  ConfigCase("proxy jump to an address", "ProxyJump root@[fe80::1]:22\n"),
  ConfigCase("proxy jump by URI", "ProxyJump ssh://bob@bastion:2222/\n"),
  ConfigCase("proxy jump none", "ProxyJump none\nProxyJump a\n"),
  ConfigCase("proxy jump with a comment", "ProxyJump = bastion  # the way in\n"),
  ConfigCase("jump before command", "ProxyJump a\nProxyCommand nc %h %p\n"),
  ConfigCase("command before jump", "ProxyCommand nc %h %p\nProxyJump a\n"),
  ConfigCase("command none before jump", "ProxyCommand none\nProxyJump a\n"),
  ConfigCase("jump none before command", "ProxyJump none\nProxyCommand nc x y\n"),
  ConfigCase("proxy command as it stands", "ProxyCommand=ssh -W \"[%h]:%p\"   a 'b  c' # no comment\n"),
  ConfigCase("a jump of an inner block", "Host node2\n ProxyJump b2\nHost node*\n ProxyJump b1\n"),
  ConfigCase("ciphers", "Ciphers aes256-ctr,aes128-ctr\n"),
  ConfigCase("ciphers +", "Ciphers +aes128-cbc,aes128-ctr\n"),
  ConfigCase(
    "ciphers -", "Ciphers -aes128*,chacha20-poly1305@openssh.com\nMACs -*etm*\n"
  ), ConfigCase("ciphers ^", "Ciphers ^aes256-gcm@openssh.com,aes256-cbc\n"),
  ConfigCase("first list wins", "Ciphers +aes128-cbc\nCiphers aes128-ctr\n"),
  ConfigCase("macs", "MACs ^hmac-sha2-512\n"), ConfigCase("kex", "KexAlgorithms -*sha1*,sntrup*\n"),
  ConfigCase("kex +", "KexAlgorithms +diffie-hellman-group1-sha1\n"),
  ConfigCase("host key algorithms", "HostKeyAlgorithms +ssh-rsa\n"),
  ConfigCase("host key algorithms by pattern", "HostKeyAlgorithms ^ecdsa-*\n"),
  ConfigCase("host key algorithms -", "HostKeyAlgorithms -*cert*,rsa*\n"),
  ConfigCase("accepted algorithms by the old name", "PubkeyAcceptedKeyTypes +ssh-rsa\n"),
  ConfigCase("accepted algorithms", "PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-*\n"),
  ConfigCase("ignored unknown", "IgnoreUnknown Foo*,UseKeychain\nFooBar x y z\nUseKeychain yes\nPort 5\n"),
  ConfigCase(
    "unread keywords",
    "ForwardAgent yes\nControlMaster auto\nControlPath ~/.ssh/%C\nControlPersist 60\nSendEnv LANG LC_*\nSetEnv A=b C=d\nLogLevel DEBUG\nLocalForward 1 a:2\nUseRoaming no\nPort 6\n"
  ),
  ConfigCase(
    "methods",
    "PreferredAuthentications publickey,password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
  ),
  ConfigCase("methods by old names", "ChallengeResponseAuthentication no\nPubkeyAuthentication no\n"),
  ConfigCase(
    "canonicalize an address", host: "10.0.0.1", "CanonicalizeHostname yes\nMatch canonical all\n Port 7\n"),
  ConfigCase(
    "options come first",
    options: ["Port=77", "User bob", "IdentityFile=\"/a b\"", "StrictHostKeyChecking=no"],
    "Port 1\nUser x\nIdentityFile /c\nMatch user bob\n ConnectTimeout 8\n"),
  ConfigCase("a name of two letters", host: "n1", "Host n?\n Port 5\n"),
  ConfigCase("not UTF-8 and control characters", "# \u{7f}\u{1}\nUser b\u{e9}b\n"),
]
