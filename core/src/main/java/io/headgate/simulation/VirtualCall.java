package io.headgate.simulation;

/** A call in virtual time. */
interface VirtualCall {
  /**
   * Runs on the attempt's own actor, which an interrupt reaches as it reaches a thread.
   *
   * @throws CallFailed if the provider or the tool failed
   * @throws Actor.Interrupted if it was interrupted
   */
  void run(VirtualAttempt attempt) throws CallFailed, Actor.Interrupted;
}
