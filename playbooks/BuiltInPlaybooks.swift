/// The playbooks of this folder, inside the executable: a bastion needs nothing but the one file.
public enum BuiltInPlaybooks {
  /// Every playbook's name and text, by name. `PackageResources` is made by the package manager from the manifest.
  public static let texts: [(name: String, text: String)] = [
    ("amamba", text(PackageResources.amamba_yaml)),
    ("dce5-web-upgrade-prerequisite", text(PackageResources.dce5_web_upgrade_prerequisite_yaml)),
    ("dowl", text(PackageResources.dowl_yaml)),
    ("ghippo", text(PackageResources.ghippo_yaml)),
    ("insight", text(PackageResources.insight_yaml)),
    ("kairship", text(PackageResources.kairship_yaml)),
    ("kangaroo", text(PackageResources.kangaroo_yaml)),
    ("kcoral", text(PackageResources.kcoral_yaml)),
    ("kpanda", text(PackageResources.kpanda_yaml)),
    ("mcamel", text(PackageResources.mcamel_yaml)),
    ("mspider", text(PackageResources.mspider_yaml)),
    ("skoala", text(PackageResources.skoala_yaml)),
    ("virtnest", text(PackageResources.virtnest_yaml)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
