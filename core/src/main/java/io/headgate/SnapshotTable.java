package io.headgate;

final class SnapshotTable {
  static String render(Snapshot s) {
    return "";
  }
}
