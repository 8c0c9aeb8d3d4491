/// Whole answers of real nodes to the probe, about an archive of one image, as they were sent.
enum ProbeAnswers {
  static let name = "release.daocloud.io/tiny/tiny-apiserver:v1.0.0"
  static let imageID = "4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63"
  /// The manifest that gantry sends.
  static let manifest = "9f5c8a14474b13c9f9b64f999edbab135317a9776084f8b574aa53c225f6ab26"
  /// The manifest that containerd makes of a docker-archive.
  static let manifestByHand = "4c39da4158198757ca9bb8085f9df41bd8fca3e442d7bb758a5a7f524057289b"

  /// containerd 1.6.20, loaded by gantry.
  static let containerd16 = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux 12 (bookworm)
    time 1795438916.335663254
    runtime containerd 1.6.20~ds1 /run/containerd/containerd.sock up
    runtime docker - /var/run/docker.sock down
    chosen containerd 1.6.20~ds1 /run/containerd/containerd.sock containerd
    why the only one that answers
    root /var/lib/containerd
    disk 270553174016 74687975424
    inodes 16294718
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 9f5c8a14474b13c9f9b64f999edbab135317a9776084f8b574aa53c225f6ab26 1 1
    blob 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    blob 595788aa5f19f66fa9c5e0101e358e81a1d526d6d5b5c6e1125a28dbf5c29a54
    blob 5fd3d1e0bb4bc1cd1d96384c5eb48651bbf41c2ec43bea4f44cafe200691713a
    blob 732c11c6f7b390883ef3ba338b102c5233ebde8310fe9ba74e9e3f1df587727f
    blob 873daeac33782bdd17c77af618ecbb4daa89cfd7ae960a1145444e137a822117
    blob d3ad6ae1f30da05065325a891fbe98a39d6bf0f4e53f48a8af234c63fda8100e
    blob dfeb388141c6f3f945cf59352d5d73d688c239961a74793bf674831e06b92db5
    end

    """

  /// containerd 1.7.24, loaded with `ctr images import` from a docker-archive and pinned.
  static let containerd17 = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux 13 (trixie)
    time 1795438916.359860013
    runtime containerd 1.7.24~ds1 /run/containerd/containerd.sock up
    runtime docker - /var/run/docker.sock down
    chosen containerd 1.7.24~ds1 /run/containerd/containerd.sock containerd
    why the only one that answers
    root /var/lib/containerd
    disk 270553174016 74687975424
    inodes 16294718
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 4c39da4158198757ca9bb8085f9df41bd8fca3e442d7bb758a5a7f524057289b 1 1
    config 4c39da4158198757ca9bb8085f9df41bd8fca3e442d7bb758a5a7f524057289b 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    pinned release.daocloud.io/tiny/tiny-apiserver:v1.0.0
    blob 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    blob 595788aa5f19f66fa9c5e0101e358e81a1d526d6d5b5c6e1125a28dbf5c29a54
    blob 5fd3d1e0bb4bc1cd1d96384c5eb48651bbf41c2ec43bea4f44cafe200691713a
    blob 732c11c6f7b390883ef3ba338b102c5233ebde8310fe9ba74e9e3f1df587727f
    blob 873daeac33782bdd17c77af618ecbb4daa89cfd7ae960a1145444e137a822117
    blob d3ad6ae1f30da05065325a891fbe98a39d6bf0f4e53f48a8af234c63fda8100e
    blob dfeb388141c6f3f945cf59352d5d73d688c239961a74793bf674831e06b92db5
    end

    """

  /// containerd 2.1.9, loaded by gantry and pinned.
  static let containerd21 = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux forky/sid
    time 1795438916.257775565
    runtime containerd 2.1.9+unknown /run/containerd/containerd.sock up
    runtime docker - /var/run/docker.sock down
    chosen containerd 2.1.9+unknown /run/containerd/containerd.sock containerd
    why the only one that answers
    root /var/lib/containerd
    disk 270553174016 74687975424
    inodes 16294718
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 9f5c8a14474b13c9f9b64f999edbab135317a9776084f8b574aa53c225f6ab26 1 1
    pinned release.daocloud.io/tiny/tiny-apiserver:v1.0.0
    blob 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    blob 595788aa5f19f66fa9c5e0101e358e81a1d526d6d5b5c6e1125a28dbf5c29a54
    blob 5fd3d1e0bb4bc1cd1d96384c5eb48651bbf41c2ec43bea4f44cafe200691713a
    blob 732c11c6f7b390883ef3ba338b102c5233ebde8310fe9ba74e9e3f1df587727f
    blob 873daeac33782bdd17c77af618ecbb4daa89cfd7ae960a1145444e137a822117
    blob d3ad6ae1f30da05065325a891fbe98a39d6bf0f4e53f48a8af234c63fda8100e
    blob dfeb388141c6f3f945cf59352d5d73d688c239961a74793bf674831e06b92db5
    end

    """

  /// Docker 20.10.24, overlay2.
  static let docker20 = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux 12 (bookworm)
    time 1795438916.321044961
    runtime docker 20.10.24+dfsg1 /var/run/docker.sock up
    chosen docker 20.10.24+dfsg1 /var/run/docker.sock docker-graph
    why the only one that answers
    root /var/lib/docker
    disk 270553174016 74687975424
    inodes 16294718
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63 1 1
    layers e01577801bd96a8017fe87d92dd12bea7936f6a30dbc89c6de4fd3f113faeebd b2e129c8684555ee05d5fd98101362ef055a7b659eb22544ffde5ff07a909200 4cccd039083e0b810761be1d92672176303f61ec3faf298dc8c64b58dd5ff3a6 d50030ee94139518b568628a6aa7f234a7bf0accc8b0bcad18e75b9a57db26b0 12e8ee6b9a2f7c0f308e6c1b338ec3f1d7f759617e2034e3cd91d84859078333 ee81554e93da108e9f1286a2cdb5e2965c6ed07393661e30564657039ffab9fa
    end

    """

  /// Docker 28.5.2, overlay2.
  static let docker28 = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux forky/sid
    time 1795438916.317832329
    runtime docker 28.5.2+dfsg4 /var/run/docker.sock up
    chosen docker 28.5.2+dfsg4 /var/run/docker.sock docker-graph
    why the only one that answers
    root /var/lib/docker
    disk 270553174016 74687967232
    inodes 16294717
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63 1 1
    layers e01577801bd96a8017fe87d92dd12bea7936f6a30dbc89c6de4fd3f113faeebd b2e129c8684555ee05d5fd98101362ef055a7b659eb22544ffde5ff07a909200 4cccd039083e0b810761be1d92672176303f61ec3faf298dc8c64b58dd5ff3a6 d50030ee94139518b568628a6aa7f234a7bf0accc8b0bcad18e75b9a57db26b0 12e8ee6b9a2f7c0f308e6c1b338ec3f1d7f759617e2034e3cd91d84859078333 ee81554e93da108e9f1286a2cdb5e2965c6ed07393661e30564657039ffab9fa
    end

    """

  /// Docker 26.1.5 with its images in containerd.
  static let docker26InContainerd = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux 13 (trixie)
    time 1795438916.323208197
    runtime docker 26.1.5+dfsg1 /var/run/docker.sock up
    chosen docker 26.1.5+dfsg1 /var/run/docker.sock docker-containerd
    why the only one that answers
    root /var/lib/docker/containerd/daemon
    disk 270553174016 74687975424
    inodes 16294718
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 9f5c8a14474b13c9f9b64f999edbab135317a9776084f8b574aa53c225f6ab26 1 1
    blob 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    blob 595788aa5f19f66fa9c5e0101e358e81a1d526d6d5b5c6e1125a28dbf5c29a54
    blob 5fd3d1e0bb4bc1cd1d96384c5eb48651bbf41c2ec43bea4f44cafe200691713a
    blob 732c11c6f7b390883ef3ba338b102c5233ebde8310fe9ba74e9e3f1df587727f
    blob 873daeac33782bdd17c77af618ecbb4daa89cfd7ae960a1145444e137a822117
    blob d3ad6ae1f30da05065325a891fbe98a39d6bf0f4e53f48a8af234c63fda8100e
    blob dfeb388141c6f3f945cf59352d5d73d688c239961a74793bf674831e06b92db5
    end

    """

  /// Docker 28.5.2 with its images in containerd, loaded with `docker load`.
  static let docker28InContainerd = """
    user root
    privilege root
    machine x86_64
    kernel 6.18.44-fc-v657
    os Debian GNU/Linux forky/sid
    time 1795438916.335023179
    runtime docker 28.5.2+dfsg4 /var/run/docker.sock up
    chosen docker 28.5.2+dfsg4 /var/run/docker.sock docker-containerd
    why the only one that answers
    root /var/lib/docker/containerd/daemon
    disk 270553174016 74687967232
    inodes 16294717
    writable 1
    image release.daocloud.io/tiny/tiny-apiserver:v1.0.0 4c39da4158198757ca9bb8085f9df41bd8fca3e442d7bb758a5a7f524057289b 1 1
    config 4c39da4158198757ca9bb8085f9df41bd8fca3e442d7bb758a5a7f524057289b 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    blob 4d341bffc9d508eb67605c5b01e1a0435b0b4b8c81bce5421903897c979d5d63
    blob 595788aa5f19f66fa9c5e0101e358e81a1d526d6d5b5c6e1125a28dbf5c29a54
    blob 5fd3d1e0bb4bc1cd1d96384c5eb48651bbf41c2ec43bea4f44cafe200691713a
    blob 732c11c6f7b390883ef3ba338b102c5233ebde8310fe9ba74e9e3f1df587727f
    blob 873daeac33782bdd17c77af618ecbb4daa89cfd7ae960a1145444e137a822117
    blob d3ad6ae1f30da05065325a891fbe98a39d6bf0f4e53f48a8af234c63fda8100e
    blob dfeb388141c6f3f945cf59352d5d73d688c239961a74793bf674831e06b92db5
    end

    """
}
