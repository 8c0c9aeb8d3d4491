/// The keywords of ssh_config(5) that mean something to gantry. Raw values are in lower case.
enum ConfigKeyword: String, CaseIterable, Sendable {
  case addressFamily = "addressfamily"
  case batchMode = "batchmode"
  case bindAddress = "bindaddress"
  case bindInterface = "bindinterface"
  case canonicalizeHostname = "canonicalizehostname"
  case certificateFile = "certificatefile"
  case ciphers
  case connectionAttempts = "connectionattempts"
  case connectTimeout = "connecttimeout"
  case globalKnownHostsFile = "globalknownhostsfile"
  case hashKnownHosts = "hashknownhosts"
  case hostKeyAlgorithms = "hostkeyalgorithms"
  case hostKeyAlias = "hostkeyalias"
  case hostName = "hostname"
  case identitiesOnly = "identitiesonly"
  case identityAgent = "identityagent"
  case identityFile = "identityfile"
  case ignoreUnknown = "ignoreunknown"
  case kbdInteractiveAuthentication = "kbdinteractiveauthentication"
  case kexAlgorithms = "kexalgorithms"
  case macs
  case passwordAuthentication = "passwordauthentication"
  case port
  case preferredAuthentications = "preferredauthentications"
  case proxyCommand = "proxycommand"
  case proxyJump = "proxyjump"
  case proxyUseFdpass = "proxyusefdpass"
  case pubkeyAcceptedAlgorithms = "pubkeyacceptedalgorithms"
  case pubkeyAuthentication = "pubkeyauthentication"
  case revokedHostKeys = "revokedhostkeys"
  case serverAliveCountMax = "serveralivecountmax"
  case serverAliveInterval = "serveraliveinterval"
  case strictHostKeyChecking = "stricthostkeychecking"
  case tag
  case user
  case userKnownHostsFile = "userknownhostsfile"

  /// What the arguments of a keyword look like.
  enum Shape: Sendable {
    case text, port, number, time, agent, algorithms
    /// One of these, in any case of letters; the first of two spellings of one meaning is kept.
    case choice([String: String])
    /// Each line adds one.
    case repeated
    /// Several on one line; `none` alone.
    case files
    /// The rest of the line as it is.
    case command, jump
  }

  var shape: Shape {
    switch self {
    case .port: .port
    case .connectionAttempts, .serverAliveCountMax: .number
    case .connectTimeout, .serverAliveInterval: .time
    case .identityAgent: .agent
    case .ciphers, .hostKeyAlgorithms, .kexAlgorithms, .macs, .pubkeyAcceptedAlgorithms: .algorithms
    case .certificateFile, .identityFile: .repeated
    case .globalKnownHostsFile, .userKnownHostsFile: .files
    case .proxyCommand: .command
    case .proxyJump: .jump
    case .batchMode, .hashKnownHosts, .identitiesOnly, .kbdInteractiveAuthentication, .passwordAuthentication,
      .proxyUseFdpass:
      .choice(Self.flag)
    case .pubkeyAuthentication:
      .choice(Self.flag.merging(["unbound": "yes", "host-bound": "yes"]) { $1 })
    case .addressFamily: .choice(["inet": "inet", "inet6": "inet6", "any": "any"])
    case .strictHostKeyChecking:
      .choice(Self.flag.merging(["off": "no", "ask": "ask", "accept-new": "accept-new"]) { $1 })
    case .canonicalizeHostname: .choice(Self.flag.merging(["always": "always"]) { $1 })
    case .bindAddress, .bindInterface, .hostKeyAlias, .hostName, .ignoreUnknown, .preferredAuthentications,
      .revokedHostKeys, .tag, .user:
      .text
    }
  }

  private static let flag = ["yes": "yes", "true": "yes", "no": "no", "false": "no"]

  /// A keyword by any of its names; nil for one that gantry does not read.
  init?(name: String) {
    let aliases = [
      "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms", "identityfile2": "identityfile",
      "challengeresponseauthentication": "kbdinteractiveauthentication",
      "skeyauthentication": "kbdinteractiveauthentication",
      "tisauthentication": "kbdinteractiveauthentication", "dsaauthentication": "pubkeyauthentication",
    ]
    self.init(rawValue: aliases[name] ?? name)
  }

  /// The keywords that OpenSSH has, had, or accepts for nothing, and that mean nothing here.
  static let unread: Set<String> = [
    "addkeystoagent", "afstokenpassing", "canonicaldomains", "canonicalizefallbacklocal",
    "canonicalizemaxdots", "canonicalizepermittedcnames", "casignaturealgorithms", "channeltimeout",
    "checkhostip",
    "cipher", "clearallforwardings", "compression", "compressionlevel", "controlmaster", "controlpath",
    "controlpersist", "dynamicforward", "enableescapecommandline", "enablesshkeysign", "escapechar",
    "exitonforwardfailure", "fallbacktorsh", "fingerprinthash", "forkafterauthentication", "forwardagent",
    "forwardx11", "forwardx11timeout", "forwardx11trusted", "gatewayports", "globalknownhostsfile2",
    "gssapiauthentication", "gssapiclientidentity", "gssapidelegatecredentials", "gssapikexalgorithms",
    "gssapikeyexchange", "gssapirenewalforcesrekey", "gssapiserveridentity", "gssapitrustdns",
    "hostbasedacceptedalgorithms", "hostbasedauthentication", "hostbasedkeytypes", "ipqos",
    "kbdinteractivedevices", "kerberosauthentication", "kerberostgtpassing", "knownhostscommand",
    "localcommand",
    "localforward", "loglevel", "logverbose", "nohostauthenticationforlocalhost", "numberofpasswordprompts",
    "obscurekeystroketiming", "permitlocalcommand", "permitremoteopen", "pkcs11provider", "protocol",
    "protocolkeepalives", "refuseconnection", "rekeylimit", "remotecommand", "remoteforward", "requesttty",
    "requiredrsasize", "rhostsauthentication", "rhostsrsaauthentication", "rsaauthentication",
    "securitykeyprovider", "sendenv", "sessiontype", "setenv", "setuptimeout", "smartcarddevice", "stdinnull",
    "streamlocalbindmask", "streamlocalbindunlink", "syslogfacility", "tcpkeepalive", "tunnel",
    "tunneldevice",
    "updatehostkeys", "useblacklistedkeys", "useprivilegedport", "userknownhostsfile2",
    "useroaming", "usersh", "verifyhostkeydns", "visualhostkey", "warnweakcrypto",
    "xauthlocation",
  ]
}
