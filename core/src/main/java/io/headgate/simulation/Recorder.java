package io.headgate.simulation;

/** Records what a report is made of. */
class Recorder implements Witness {
  void jobDone(VirtualJob job) {}
}
