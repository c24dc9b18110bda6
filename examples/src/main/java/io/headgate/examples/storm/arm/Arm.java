package io.headgate.examples.storm.arm;

import io.headgate.examples.storm.measure.PolicyLane;
import io.headgate.examples.storm.provider.ModelKind;
import io.headgate.examples.storm.workload.JobPlan;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A host for agents. Jobs come to it when they come, whether or not it is ready. */
public interface Arm extends AutoCloseable {
  String name();

  /** Those that it may use; by default the large one alone. */
  default Set<ModelKind> models() {
    return EnumSet.of(ModelKind.LARGE);
  }

  /** Takes a job on, or turns it away; returns at once. */
  void offer(JobPlan job);

  /** Calls under way now. */
  int inFlight();

  /** Calls that wait in here for their start, now. */
  int waiting();

  int maxInFlight();

  /** Calls that it may have under way at once; {@link Integer#MAX_VALUE} for no limit. */
  int capInFlight();

  int maxWaiting();

  /**
   * Lets open jobs end by themselves for so long, then ends what is left; returns when all have.
   */
  void finish(Duration patience);

  /** Called once a second while it runs, by one thread, for what it has to look up. */
  default void sampled() {}

  /** When each of its policies acted; after {@link #finish}. By default it has none. */
  default List<PolicyLane> policies() {
    return List.of();
  }

  /** What else is worth saying in the report, a line each; after {@link #finish}. */
  List<String> notes();

  /** Own invariants found broken, a line each; after {@link #finish}. */
  List<String> violations();

  /** Gives back what the arm holds; by default it holds nothing. */
  @Override
  default void close() {}
}
