package io.headgate.runtime;

import io.headgate.Audit;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Engine;
import io.headgate.engine.Ledger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks for broken invariants, on the dispatcher's thread. */
record Auditor(
    HeadgateSettings settings,
    Gates gates,
    Engine engine,
    List<AgentGate> agents,
    List<TargetGate> targets,
    List<String> seen,
    List<JobAccount> lateJobs,
    ErrorLog errors) {

  Audit audit() {
    List<String> found = new ArrayList<>(seen);
    Ledger all = engine.ledger();
    boolean atRest = engine.isIdle() && engine.openJobs() == 0;
    atMost(found, "most attempts running at once", all.maxRunningSeen(), settings.maxInFlight());
    atMost(found, "most tasks waiting at once", all.maxWaitingSeen(), settings.maxWaiting());
    if (errors.ofOursTotal() > 0) {
      found.add(errors.ofOursTotal() + " internal errors were logged");
    }
    if (engine.isIdle()) {
      atRest(found, "overall", all);
      equal(found, "overall waiting places taken", gates.waitingRoom().taken(), 0);
    }
    if (atRest) {
      for (JobAccount job : lateJobs) {
        equal(found, job + ": reservations alive", job.liveReservations(), 0);
      }
    }
    for (AgentGate agent : agents) {
      Ledger ledger = engine.ledgerOf(agent);
      if (ledger != null && engine.isIdle()) {
        atRest(found, "agent " + agent.id(), ledger);
        equal(found, "waiting places taken by agent " + agent.id(), agent.waitingRoom().taken(), 0);
      }
    }
    for (TargetGate target : targets) {
      Ledger ledger = engine.ledgerOf(target);
      if (ledger != null && engine.isIdle()) {
        atRest(found, "target " + target.id(), ledger);
      }
    }
    return new Audit(atRest, found);
  }

  private static void atRest(List<String> found, String whose, Ledger ledger) {
    equal(found, whose + " waiting", ledger.waiting(), 0);
    equal(found, whose + " in flight", ledger.running(), 0);
    equal(found, whose + " overruns", ledger.overruns(), 0);
    equal(found, whose + " unsettled reservations", ledger.live(), 0);
    equal(found, whose + " tokens reserved", ledger.reservedTokens(), 0);
    equal(found, whose + " money reserved", ledger.reservedMoney(), 0);
  }

  /** What is wrong with the account of a job of which nothing is left, or null. */
  static @Nullable String ofRetired(JobAccount job, long spentTokens, long spentMoneyNanos) {
    List<String> found = new ArrayList<>();
    String whose = job + ": ";
    equal(found, whose + "reservations alive", job.liveReservations(), 0);
    if (job.tokenBudget() != JobSettings.UNLIMITED) {
      long left = job.tokenBudget() - spentTokens + job.overspentTokens();
      equal(found, whose + "tokens left", job.tokensLeft(), left);
    }
    if (job.moneyBudget() != JobSettings.UNLIMITED) {
      long left = job.moneyBudget() - spentMoneyNanos + job.overspentMoneyNanos();
      equal(found, whose + "nano-dollars left", job.moneyLeft(), left);
    }
    return found.isEmpty() ? null : String.join("; ", found);
  }

  private static void atMost(List<String> found, String what, long value, long bound) {
    if (value > bound) {
      found.add(what + " were " + value + ", but the bound is " + bound);
    }
  }

  private static void equal(List<String> found, String what, long value, long expected) {
    if (value != expected) {
      found.add(what + " are " + value + ", but should be " + expected);
    }
  }
}
