package io.headgate.runtime;

import io.headgate.HeadgateListener;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** PLACEHOLDER being replaced. */
final class Measures implements Observer {
  Measures(
      Gates gates,
      RuntimeClock clock,
      ErrorLog errors,
      @Nullable HeadgateListener listener,
      @Nullable Path countersFile) {}

  @Override
  public void admitted(Reservation task, long nowNs) {}

  @Override
  public void started(Reservation task, long nowNs) {}

  @Override
  public void ended(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {}

  @Override
  public void attemptOver(Reservation task, long ranNs) {}

  @Override
  public void overrun(Reservation task, int overrunsOfTarget) {}

  @Override
  public void targetGate(TargetGate target, boolean open, Refusal reason) {}

  @Override
  public void jobOpened(LiveJob job) {}

  @Override
  public void jobRetired(LiveJob job) {}

  @Override
  public void turn(Engine engine, long nowNs) {}

  @Override
  public Supplier<Snapshot> picture(
      Engine engine, List<AgentGate> agents, List<TargetGate> targets, long nowNs) {
    throw new IllegalStateException();
  }

  @Override
  public void close() {}
}
