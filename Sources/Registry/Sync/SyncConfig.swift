import Inventory

/// What a `load-image.yaml` asks for: the file of charts-syncer in DaoCloud's form, field by field.
public struct SyncConfig: Sendable, Equatable {
  /// A chart repository.
  public struct Repository: Sendable, Equatable {
    /// What kind of server (or folder) it is.
    public enum Kind: String, Sendable, CaseIterable {
      case harbor = "HARBOR"
      case chartMuseum = "CHARTMUSEUM"
      case oci = "OCI"
      case local = "LOCAL"
      case jfrog = "JFROG"
      /// A plain Helm repository: it can only be read.
      case helm = "HELM"
    }

    public var kind: Kind
    /// Of all kinds but LOCAL.
    public var url: String
    /// Of LOCAL.
    public var path: String
    public var auth: Login?
  }

  /// The registry that images go to, besides its address.
  public struct Containers: Sendable, Equatable {
    /// Harbor's projects are made where they are missing.
    public var isHarbor: Bool
    public var auth: Login?
  }

  /// One entry of `charts`.
  public struct Chart: Sendable, Equatable {
    public var name: String
    /// Empty for all.
    public var versions: [String]
    public var skipImages: Bool
  }

  /// Where it was read from, for messages.
  public var file: String
  /// The folder of bundles that is read; empty where ``sourceRepository`` is the source.
  public var sourceBundles: String
  public var sourceRepository: Repository?
  public var sourceContainers: Containers?

  public var containerRegistry: String
  public var containerRepository: String
  public var containerPrefixRegistry: String
  public var containerPrefixRepository: String
  public var appendOriginRegistry: Bool
  public var repository: Repository?
  public var containers: Containers
  /// The folder that bundles are written to, in place of a registry; empty where there is none.
  public var targetBundles: String
  /// Empty for every chart there is.
  public var charts: [Chart]
}
