package io.headgate.engine;

import io.headgate.admission.Reservation;
import io.headgate.admission.Trial;
import org.jspecify.annotations.Nullable;

/**
 * A live task as the engine knows it. Entries are reused: one is in use from admission until the
 * task has ended and its last thread too.
 */
final class TaskEntry {
  /** Where a task is. */
  enum State {
    FREE,
    WAITING,
    /** Holds permits. */
    RUNNING,
    /** Lent its permits while it waits in join. */
    SUSPENDED,
    /** Wants its permits back. */
    RESUMING,
    /** Its attempt is over and holds nothing; its hedge may still do better. */
    LEFT_TO_HEDGE
  }

  static final long NOT_PACED = -1;

  final int slot;
  final HeapNode<TaskEntry> queueNode = new HeapNode<>(this);
  final HeapNode<Timer> timer = new HeapNode<>(new Timer.OfTask(this));

  /** Its places in the rows of all, of its agent and of its target. */
  final WaitingRow.Place place = new WaitingRow.Place(this);

  final WaitingRow.Place placeOfAgent = new WaitingRow.Place(this);
  final WaitingRow.Place placeOfTarget = new WaitingRow.Place(this);

  State state = State.FREE;

  /** Its outcome is given; while the state is not FREE, its thread still runs. */
  boolean ended;

  /** Its permits-back will be followed by a stop. */
  boolean stopOnResume;

  StartClass startClass = StartClass.NEW;
  int attempt;

  /** Attempts that were started before a crash. */
  int earlierAttempts;

  /** How its last attempt ended, if a further one was decided on, or its hedge still runs. */
  @Nullable Ending lastEnding;

  /** Waits for its next attempt's time, not yet in the order of starts. */
  boolean backsOff;

  /** Its time was over while a further attempt was still possible: its thread was told to stop. */
  boolean timedOut;

  /** And has not ended: it counts as an overrun, and another attempt runs, or is to, beside it. */
  boolean givenUp;

  /** The spells of half-open breakers to which its attempt belongs as a probe. */
  int probeOfTarget;

  int probeOfAgent;

  /** Of which probe's call it is part, if it was submitted by one. */
  @Nullable Trial partOf;

  /** What holds it for a human, while it is parked. */
  Parking.@Nullable Rule parkedBy;

  long parkedNs;

  /** Since when its clock stands still, if it does. */
  long stoodFromNs;

  /** It was parked before, or there was no room to. */
  boolean asked;

  /** It was parked before, for whatever reason. */
  boolean wasParked;

  @Nullable TaskEntry nextParked;
  @Nullable TaskEntry previousParked;

  /** The rung of its target's ladder at which it runs. */
  int rung;

  /** The rung of the last call that was made. */
  int answeredRung;

  /** The first rung at which it may start: of its reservation, or below the one that failed. */
  int leastRung;

  /** It has ended, and its thread ran on for longer than a call takes to hear of that. */
  boolean lasts;

  /** From when on it waits for the first rung's pace. */
  long patientFromNs;

  /** Until when it waits for the first rung's pace, and does not go to one below. */
  long patientUntilNs = Long.MAX_VALUE;

  /** It does so. */
  boolean patient;

  /** Its timer is not yet that of its deadline, but of the time from which on it counts as slow. */
  boolean onTime;

  /** When that is. */
  long lateNs;

  /** When a second attempt starts beside it. */
  long hedgeNs = Long.MAX_VALUE;

  /** Whether that time came while it waited in a join, or for its permits after one. */
  boolean hedgeDue;

  /** A second attempt was asked for. */
  boolean hedged;

  /** The second attempt beside this one. */
  @Nullable TaskEntry hedge;

  /** Whether it is one itself, and to which it belongs until either is over. */
  boolean isHedge;

  @Nullable TaskEntry hedgeOf;

  /** Its own attempt is over or given up: what the one beside it comes to is its outcome. */
  boolean isLeftToHedge() {
    return state == State.LEFT_TO_HEDGE || givenUp;
  }

  /** Attempts in all, by which it is judged whether there may be another one. */
  int attempts() {
    return earlierAttempts + attempt;
  }

  /** Whether its attempt runs, also in a join. */
  boolean hasThread() {
    return state == State.RUNNING || state == State.SUSPENDED || state == State.RESUMING;
  }

  /** It goes on below beside a call that does not end. */
  boolean isBeside() {
    return isHedge && task().isDegradable();
  }

  /** Its hedge was faster. */
  boolean lost;

  /** It ran longer than that, and its rung has been told so. */
  boolean late;

  /** Its breakers have been told of its attempt. */
  boolean judged;

  /** Its place in its flow. */
  long dueNs;

  /** When its next attempt may start, should its job's budget cover that before. */
  long againNs;

  /** It goes on at a rung that costs nothing, since its job's budget does not cover another. */
  boolean unpaid;

  /** Of its flow, if its job is new: those that came just before it and just after. */
  @Nullable TaskEntry older;

  @Nullable TaskEntry newer;

  int join;

  /** Attempts that ran at its target when this one started, itself included. */
  int beside;

  /** When it is due at its target's limit. */
  long dueSlot = LostCalls.UNKNOWN;

  /** Its target has rejected it, and that was answered after it had begun. */
  boolean isOldNews;

  long startedNs;
  long deadlineNs;

  /** What its agent's counter grew by at its start, and how often that had been lifted then. */
  long served;

  /** Tokens held when the attempt began, by which it was paced; or {@link #NOT_PACED}. */
  long pacedTokens;

  int liftsBefore;

  // Set while in use.
  @Nullable Reservation reservation;
  @Nullable AgentEntry agent;
  @Nullable TargetEntry target;
  @Nullable JobEntry job;
  @Nullable Flow flow;
  @Nullable TaskEntry nextOfJob;
  @Nullable TaskEntry previousOfJob;

  /** The task whose end this one waits for, while it is suspended. */
  @Nullable TaskEntry waitsFor;

  /** Suspended tasks that wait for this one's end, oldest first. */
  @Nullable TaskEntry firstWaiter;

  /** The next that waits for the same task or, when resuming, the next in line. */
  @Nullable TaskEntry nextInLine;

  TaskEntry(int slot) {
    this.slot = slot;
  }

  Reservation task() {
    assert reservation != null;
    return reservation;
  }

  AgentEntry agent() {
    assert agent != null;
    return agent;
  }

  TargetEntry target() {
    assert target != null;
    return target;
  }

  boolean isParked() {
    return parkedBy != null;
  }

  JobEntry job() {
    assert job != null;
    return job;
  }

  void clear() {
    state = State.FREE;
    ended = false;
    stopOnResume = false;
    attempt = 0;
    earlierAttempts = 0;
    lastEnding = null;
    backsOff = false;
    timedOut = false;
    givenUp = false;
    judged = false;
    asked = false;
    wasParked = false;
    probeOfTarget = 0;
    probeOfAgent = 0;
    rung = 0;
    answeredRung = 0;
    leastRung = 0;
    patientUntilNs = Long.MAX_VALUE;
    patient = false;
    lasts = false;
    onTime = false;
    lateNs = 0;
    hedgeNs = Long.MAX_VALUE;
    hedgeDue = false;
    hedged = false;
    isHedge = false;
    lost = false;
    late = false;
    againNs = 0;
    unpaid = false;
    join = 0;
    served = 0;
    pacedTokens = 0;
    liftsBefore = 0;
    reservation = null;
    partOf = null;
    agent = null;
    target = null;
    job = null;
    assert parkedBy == null
        && flow == null
        && waitsFor == null
        && firstWaiter == null
        && hedge == null
        && hedgeOf == null
        && nextInLine == null;
    assert !queueNode.isIn() && !timer.isIn();
  }
}
