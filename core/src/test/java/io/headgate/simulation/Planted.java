package io.headgate.simulation;

import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.engine.Ending;
import java.util.Arrays;
import java.util.Comparator;

/** What planted code calls where a changed instruction alone would not do. */
public final class Planted {
  private static Object lastGates = Planted.class;
  private static Object lastAgent = Planted.class;

  private Planted() {}

  public static boolean isCancelledByCaller(Object task) {
    return ((VirtualTask) task).ending == Ending.CANCELLED_CALLER;
  }

  /** The agent of the call before at the same gates, as if it was kept in a field. */
  public static AgentGate agentBefore(AgentGate agent, Gates gates) {
    Object before = lastGates == gates ? lastAgent : agent;
    lastGates = gates;
    lastAgent = agent;
    return (AgentGate) before;
  }

  /** A copy in the order in which a hash set of objects without hashCode goes; nulls last. */
  public static Object[] inHashOrder(Object[] elements) {
    Object[] copy = elements.clone();
    Arrays.sort(copy, Comparator.nullsLast(Comparator.comparingInt(System::identityHashCode)));
    return copy;
  }
}
