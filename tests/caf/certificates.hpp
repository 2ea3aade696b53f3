// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <troupe/cluster_options.hpp>

#include "private_directory.hpp"

/// Certificates for one test, made by openssl(1): of two authorities, and of nodes that these have signed.
class certificates {
 public:
  certificates() {
    for (const std::string ca : {"ours", "foreign"})
      run("req -x509" + key_for(ca) + " -out " + file(ca + ".pem") + " -days 2 -subj /CN=" + ca);
    run("req" + key_for("node") + " -out " + file("node.csr") + " -subj /CN=node");
    for (const std::string ca : {"ours", "foreign"}) {
      run("x509 -req -in " + file("node.csr") + " -CA " + file(ca + ".pem") + " -CAkey " +
          file(ca + ".key") + " -set_serial 1 -days 2 -out " + file("by_" + ca + ".pem"));
    }
    std::ofstream(file("index"));
    std::ofstream(file("ca.cnf")) << "[ca]\ndefault_ca=c\n[c]\nnew_certs_dir=" << file("")
                                  << "\ndatabase=" << file("index") << "\nserial=" << file("serial")
                                  << "\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n";
    std::ofstream(file("serial")) << "02\n";
    run("ca -batch -notext -config " + file("ca.cnf") + " -cert " + file("ours.pem") +
        " -keyfile " + file("ours.key") +
        " -startdate 20200101000000Z -enddate 20200102000000Z -in " + file("node.csr") + " -out " +
        file("expired.pem"));
  }

  /// \param certificate  by_ours, by_foreign or expired   \param ca  ours or foreign
  troupe::cluster_tls tls(const std::string& certificate, const std::string& ca = "ours") const {
    return {file(certificate + ".pem"), file("node.key"), file(ca + ".pem")};
  }

 private:
  std::string file(const std::string& name) const { return directory_.path() / name; }
  std::string key_for(const std::string& name) const {
    return " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + file(name + ".key");
  }
  void run(const std::string& arguments) const {
    REQUIRE(std::system(("openssl " + arguments + " >/dev/null 2>&1").c_str()) == 0);
  }

  private_directory directory_;
};
