package io.headgate.engine;

import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.admission.Reservation;

/** Sees the tasks that are parked, one by one. */
public interface ParkedVisitor {
  /**
   * One of them.
   *
   * @param parkedNs when it was parked
   * @param actionNs when the rule's action follows by itself
   */
  void accept(Reservation task, ParkReason reason, ParkPolicy policy, long parkedNs, long actionNs);
}
