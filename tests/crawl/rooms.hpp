#pragma once

#include "admission.hpp"
#include "clients.hpp"
#include "mailbox.hpp"
#include "open_trees.hpp"
#include "opening.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "spending.hpp"
#include "support.hpp"
#include "units.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/storage/manifest.hpp>

#include <cstdint>
#include <memory>
#include <string>

#include <tbb/task_arena.h>

namespace viltree::crawl::test {

inline storage::Manifest manifest_for(const Session& session) {
  core::value_or_fatal(session.run.create(), core::ExitCode::kStorage);
  storage::Manifest manifest;
  manifest.total_problems = session.source.count();
  return manifest;
}

/// What the loop is made of, without the loop.
struct Rooms {
  explicit Rooms(Session& session)
      : options(session.options),
        manifest(manifest_for(session)),
        parts{session.run,   session.source, session.policy,  session.clock,
              session.notes, session.stop,   session.at_once, session.judge.reply ? &session.judge : nullptr},
        units(options, session.run, manifest, {}, arena, session.at_once),
        clients(options, session.policy, parts.judge, mailbox),
        spending(options, clients, {}, {}),
        replay(*Replay::read(session.run, manifest, options.unit_size)),
        opening(options, {parts, clients, trees, units, spending, replay, teller, machines}) {}

  [[nodiscard]] Admission admission(bool heeds_kernel = false) const {
    return {options, {clients, trees, units, spending, heeds_kernel}};
  }

  const Options& options;
  storage::Manifest manifest;
  Parts parts;
  tbb::task_arena arena{1};
  search::MachineFactory machines{options.search};
  Teller teller{parts};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  OpenTrees trees;
  Units units;
  Clients clients;
  Spending spending;
  Replay replay;
  Opening opening;
};

/// An action of the first problem, at its root.
inline Wanted wanted(std::uint32_t ticket, std::uint32_t n) {
  return {{0}, 0, domain::kNoNode, {ticket}, n};
}

inline std::string events_of(const Session& session) {
  return *storage::read_file(session.run.file_system(), session.run.events(), 1U << 20U);
}

}  // namespace viltree::crawl::test
