package io.headgate.recovery;

import io.headgate.admission.EarlierCall;
import io.headgate.admission.JobAccount;
import io.headgate.admission.JobRates;
import io.headgate.recovery.Past.PastJob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which jobs of the past are open again, and who pays for those that are not. */
public final class Reopening {
  /** How long an id is remembered beyond its job's deadline, in nanoseconds. */
  public static final long GRACE_NS = 60_000_000_000L;

  private Reopening() {}

  /** A table of jobs, before anybody else can open one. */
  public interface Table<J extends JobAccount> {
    /** The open job of this id, or null. */
    @Nullable J find(String id);

    /** Whether there is a place for one more. */
    boolean hasRoom();

    /** Makes one in a place of its own, that has spent nothing, by that id. */
    J make(PastJob job, @Nullable J parent, long deadlineNs);

    /** That id must not be used before that time. */
    void remember(String id, long untilNs);
  }

  /**
   * Opens what a crash left open, with what it had spent.
   *
   * @param epochNs the time of day now
   * @param nowNs the Headgate's time now
   * @return what is open; the engine is to hear of each in this order, only now, since what a part
   *     leaves to its job comes after that
   */
  public static <J extends JobAccount> List<J> reopen(
      Past past, long epochNs, long nowNs, Table<J> table) {
    for (Past.ClosedId each : past.closedIds()) {
      table.remember(each.id(), each.untilNs() - epochNs + nowNs);
    }
    Map<String, J> payers = new HashMap<>();
    List<J> opened = new ArrayList<>();
    for (PastJob each : past.jobs()) {
      long deadlineNs = nowNs + each.leftNs(epochNs);
      String parentId = each.parent();
      J parent = parentId == null ? null : table.find(parentId);
      boolean isOrphan = parentId != null && parent == null;
      J job =
          each.isOver() || deadlineNs <= nowNs || isOrphan || !table.hasRoom()
              ? null
              : reopen(each, parent, deadlineNs, nowNs, epochNs, table);
      if (job != null) {
        opened.add(job);
        payers.put(each.id(), job);
        continue;
      }
      J payer = parentId == null ? null : payers.get(parentId);
      if (payer != null) {
        payer.carry(each.carried().spentAlone());
        payers.put(each.id(), payer);
      } else {
        table.remember(each.id(), deadlineNs + GRACE_NS);
      }
    }
    return opened;
  }

  private static <J extends JobAccount> @Nullable J reopen(
      PastJob past, @Nullable J parent, long deadlineNs, long nowNs, long epochNs, Table<J> table) {
    if (parent != null && parent.tryCarveAgain(past.settings()) != JobAccount.Reserve.DONE) {
      return null; // a limit was lowered: then there is none for it
    }
    J job = table.make(past, parent, deadlineNs);
    job.carry(past.carried());
    job.carryCalls(
        past.calls().stream()
            .map(
                call ->
                    new EarlierCall(call.target(), call.arguments(), call.atNs() - epochNs + nowNs))
            .toList());
    job.carryCallsAt(past.callsAt());
    job.carryLoops(past.loops());
    JobRates rates = job.ownRates();
    if (rates != null) {
      past.used().carryInto(rates, nowNs, epochNs);
    }
    return job;
  }
}
