package io.headgate.simulation;

import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.Priority;
import io.headgate.admission.JobAccount;
import org.jspecify.annotations.Nullable;

/** A job in virtual time: the real account, and whether the engine was told of its end. */
final class VirtualJob extends JobAccount {
  /** As its account has them now, but for budgets and rates, which are as at first. */
  JobSettings settings;

  /** The last rule that was on for what its budget does not cover. */
  ParkPolicy ruleAtBudget;

  /** Its number in the order of opening, never used again. */
  final long number;

  /** What became of it, for its client: null while that is not known. */
  @Nullable Boolean inTime;

  /** Of which it is one call, where the host knows no jobs. */
  @Nullable VirtualJob partOf;

  /** Calls that its client wants of it, one after the other. */
  int wanted;

  /** Of its calls. */
  Priority priority = Priority.NORMAL;

  /** Whose it is. */
  String agent = "";

  /** When its client opened it. */
  long openedNs;

  /** Whether it was not, but its last answer came in time, from what is kept for that. */
  boolean wrappedUp;

  /** What it spent in all, once it has retired; -1 before. */
  long spentTokens = -1;

  long spentMoney;
  boolean engineKnowsClosed;

  /** Whether it came in calm weather, when all was at rest: then it must be done. */
  boolean inCalm;

  boolean retired;

  /** By which its owner knows it, also after a crash; null for one of which nobody asks. */
  final @Nullable String id;

  VirtualJob(
      @Nullable String id,
      long number,
      int index,
      @Nullable VirtualJob parent,
      JobSettings settings,
      long deadlineNs) {
    super(number, index, parent, deadlineNs, settings);
    this.id = id;
    this.number = number;
    this.settings = settings;
    this.ruleAtBudget = settings.parkAtBudget();
  }

  @Nullable VirtualJob parentJob() {
    return (VirtualJob) parent();
  }

  @Override
  public String name() {
    return id == null ? super.name() : id;
  }

  @Override
  public String toString() {
    return "job " + number;
  }
}
