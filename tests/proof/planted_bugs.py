#!/usr/bin/env python3
"""Plants one bug after another in a copy of the sources, and looks whether the tests of storage and of whole crawls catch it.

usage: planted_bugs.py [--work DIR] [NAME...]

Each bug is a small edit of the product, so that the product has no code for it. A bug is caught where a program of the harness ends
with a failure. An edit that does not fit the sources any more is an error of this script. Needs what scripts/setup installs, and some
minutes. Ends with 0 where all are caught, and the sources as they are pass.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# name, file, what stands there, what is put in its place
BUGS = [
    ("an atomic file is renamed before it is synced", "storage/file_operations.cpp",
     "  return (*file)->sync();\n}", "  return {};\n}"),
    ("the name of an atomic file is not synced", "storage/file_operations.cpp",
     "  return fs.sync_directory(folder_of(path));\n}\n\nStatus make_durable", "  return {};\n}\n\nStatus make_durable"),
    ("a shard is renamed before it is synced", "storage/line_file_writer.cpp",
     "  return file_->sync();", "  return {};"),
    ("the name of a shard is not synced", "storage/line_file_writer.cpp",
     "  if (Status synced = fs_.sync_directory(folder); !synced) return core::fail(synced.error());", ""),
    ("the name of a journal segment is not synced", "storage/journal_writer.cpp",
     "  if (Status synced = fs_.sync_directory(directory_); !synced) return synced;\n  file_ = std::move(*file);",
     "  file_ = std::move(*file);"),
    ("a torn tail is not cut", "storage/journal_writer.cpp",
     "  if (torn) {\n", "  if (torn && good_bytes > (1U << 30U)) {\n"),
    ("what a killed process wrote is not synced before it is built upon", "storage/journal_writer.cpp",
     "  if (Status synced = (*file)->sync(); !synced) return synced;\n  return fs_.sync_directory(directory_);",
     "  return {};"),
    ("segments are removed without a sync between them", "storage/journal_writer.cpp",
     "    if (Status synced = fs_.sync_directory(directory_); !synced) return synced;\n  }\n  return {};", "  }\n  return {};"),
    ("a segment is sealed without a sync", "storage/journal_writer.cpp",
     "  if (is_full || options_.durability == Durability::kStrict) {", "  if (options_.durability == Durability::kStrict) {"),
    ("strict durability is as the normal one", "storage/journal_writer.cpp",
     "  if (is_full || options_.durability == Durability::kStrict) {", "  if (is_full) {"),
    ("a failed sync is tried again as if it could succeed", "storage/journal_writer.cpp",
     "    if (!dead_) dead_ = synced.error();\n    return synced;", "    return {};"),
    ("a failed append is taken for done", "storage/journal_writer.cpp",
     "    dead_ = written.error();\n    return core::fail(*dead_);", "    return segment;"),
    ("an answer is acknowledged before it is written", "src/crawl/run_journal.cpp",
     "  for (const auto& group : journal_groups(received)) {\n",
     "  static std::vector<std::string> late;\n  for (auto group : journal_groups(received)) {\n    std::swap(group, late);\n"),
    ("the journal is dropped before the units are committed", "src/crawl/crawler.cpp",
     "  if (!storage_value(units_.commit_written(from))) return;",
     "  journal_.committed_before(~std::uint64_t{0}, 0);\n  journal_.committed_before(0, journal_.needed_from());\n"
     "  if (!storage_value(units_.commit_written(from))) return;"),
    ("the manifest is saved before the unit is written", "src/crawl/units.cpp",
     "  if (writing_.begun() || !whole(next_)) return;\n",
     "  if (writing_.begun() || !whole(next_)) return;\n"
     "  Written early;\n  early.kernel = kernel_;\n  early.entry.unit = next_;\n"
     "  early.entry.first_problem = next_ * options_.unit_size;\n  early.entry.problems = problems_in(next_);\n"
     "  early.entry.complete = true;\n"
     "  early.entry.tree_archive = {storage::RunDirectory::tree_archive_name(next_), 1, std::string(64, '0'), 0};\n"
     "  early.entry.shard = {storage::RunDirectory::shard_name(next_), 1, std::string(64, '0'), 0};\n"
     "  (void)commit(std::move(early), 1);\n"),
    ("the last answer of the journal is not replayed", "src/crawl/replay.cpp",
     "  if (!summary) return core::fail(summary.error());\n",
     "  if (!summary) return core::fail(summary.error());\n"
     "  if (!replay.by_problem_.empty()) {\n"
     "    auto& events = replay.by_problem_.begin()->second.answers.events;\n"
     "    if (!events.empty()) events.pop_back();\n  }\n"),
    ("the rulings of the journal are not replayed", "src/crawl/replay.cpp",
     "    known.answers.rulings.try_emplace(std::move(answer), std::move(*ruling));\n", ""),
    ("a broken chain of frames is not noticed", "storage/journal_format.cpp",
     "  if (!chain || (header.frame == chain->frame + 1 && header.link == chain->link)) return {};", "  return {};"),
    ("a compacted segment takes its own last frame for what the next one follows", "storage/journal_compaction.cpp",
     "core::hash64(segment.bytes.back())", "core::hash64(joined)"),
    ("frames have no checksum", "storage/zstd_frame.cpp", "ZSTD_c_checksumFlag, 1", "ZSTD_c_checksumFlag, 0"),
]

HARNESS = [
    ("tests/storage/test_storage", ["--abort-after=1"]),
    ("tests/proof/proof", ["explore", "--states", "1600", "--stop-at-first"]),
    ("tests/proof/proof", ["histories", "--count", "200", "--stop-at-first"]),
]


def put(path, content):
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def copy_sources(to):
    """Files that are the same keep their time, so that they are not built again."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    for name in listed:
        if not (ROOT / name).is_file():
            continue
        put(to / name, (ROOT / name).read_bytes())


def build(source, folder):
    if not (folder / "build.ninja").exists():
        flags = "-O1 -g1 -D_GLIBCXX_ASSERTIONS"
        subprocess.run(["cmake", "-S", source, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                        f"-DCMAKE_CXX_FLAGS={flags}"], check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(["cmake", "--build", folder, "--target", "proof", "test_storage"], capture_output=True, text=True,
                          env={**os.environ, "CCACHE_BASEDIR": str(source)})
    if done.returncode != 0:
        sys.exit("planted_bugs: the build failed:\n" + done.stdout[-3000:])


def caught(folder):
    """The first part of the harness that fails, and what it says."""
    for program, arguments in HARNESS:
        try:
            done = subprocess.run([folder / program, *arguments], capture_output=True, text=True, errors="replace", timeout=600)
        except subprocess.TimeoutExpired:
            return " ".join([pathlib.Path(program).name, *arguments]), "does not end"
        if done.returncode != 0:
            lines = [line for line in (done.stdout + done.stderr).splitlines() if "VIOLATION" in line or "ERROR" in line or "proof:" in line]
            said = lines[0].strip() if lines else f"exit code {done.returncode}"
            return " ".join([pathlib.Path(program).name, *arguments]), said
    return None


def planted(bug):
    """The text of the bug's file with the bug in it."""
    name, file, good, bad = bug
    text = (ROOT / file).read_text()
    if text.count(good) != 1:
        sys.exit(f"planted_bugs: '{name}' does not fit {file} any more: {text.count(good)} places")
    return text.replace(good, bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "planted")
    parser.add_argument("names", nargs="*", metavar="NAME", help="those with this in their name; default: all")
    arguments = parser.parse_args()
    bugs = [bug for bug in BUGS if not arguments.names or any(part in bug[0] for part in arguments.names)]
    source, folder = arguments.work / "source", arguments.work / "build"
    for bug in bugs:
        planted(bug)  # every edit fits, before anything is built
    copy_sources(source)
    build(source, folder)
    healthy = caught(folder)
    if healthy:
        sys.exit(f"planted_bugs: without a bug, {healthy[0]}: {healthy[1]}")
    found = 0
    for bug in bugs:
        start = time.monotonic()
        put(source / bug[1], planted(bug).encode())
        build(source, folder)
        by = caught(folder)
        put(source / bug[1], (ROOT / bug[1]).read_bytes())
        found += by is not None
        print(f"{'caught' if by else 'MISSED'}  {bug[0]}" + (f": {by[0]}: {by[1][:150]}" if by else "") +
              f"  ({time.monotonic() - start:.0f} s)", flush=True)
    print(f"{found} of {len(bugs)} planted bugs caught")
    sys.exit(0 if found == len(bugs) else 1)


if __name__ == "__main__":
    main()
