#pragma once

/// A row of a table: what `const Row& name()` returns, a function of the table's namespace that a file of its
/// own defines. It is declared here and nowhere else, so that a new row is one file and one line. The table
/// must not stand in an unnamed namespace, whose functions are others.
#define VILTREE_ROW(Row, name) \
  [] {                         \
    extern const Row& name();  \
    return &name();            \
  }()
