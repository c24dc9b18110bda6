package io.headgate.simulation;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Bugs that are planted into the byte code, each of which the simulator must find. */
enum Plant {
  /** An attempt whose task its caller has cancelled keeps its permits when its thread ends. */
  PERMIT_NOT_RETURNED_ON_CANCEL(
      Edit.calls(
          Names.ENGINE,
          Set.of("attemptEnded"),
          "Engine.givePermitsBack",
          Plant::unlessCancelledByCaller)),

  /** What a reservation did not use goes back into the buckets twice. */
  RESERVATION_SETTLED_TWICE(
      Edit.calls(Names.GATES, Set.of("settle"), "TokenBucket.settle", Edit::twice)),

  /** Every timer is set a nanosecond before its time. */
  TIMER_SET_EARLY_BY_ONE(
      Edit.calls(
          Names.ENGINE, Set.of("arm", "armRun", "armDeadline"), "Heap.add", Plant::withKeyLessOne)),

  /** A timer fires before the inputs of its own moment: {@code >} where {@code >=} belongs. */
  TIMER_FIRED_EARLY_BY_ONE(
      new Edit(
          Names.ENGINE,
          Set.of("advance"),
          (code, element) -> {
            if (element instanceof OperatorInstruction compare && compare.opcode() == Opcode.LCMP) {
              code.lconst_1().ladd().lcmp();
              return true;
            }
            return false;
          })),

  /** A TTL is looked at as the task is admitted, and never again. */
  TTL_LOOKED_AT_ONLY_AT_THE_DOOR(
      Edit.calls(
          Names.ENGINE,
          Set.of("taskAdmitted"),
          "Reservation.startByNs",
          Edit.answer(Long.MAX_VALUE)),
      Edit.calls(
          Names.ATTEMPT, Set.of("lastLook"), "VirtualTask.startByNs", Edit.answer(Long.MAX_VALUE))),

  /** A TTL is looked at while the task waits, and not once more just before the call. */
  TTL_LOOKED_AT_ONLY_WHEN_QUEUED(
      Edit.calls(
          Names.ATTEMPT, Set.of("lastLook"), "VirtualTask.startByNs", Edit.answer(Long.MAX_VALUE))),

  /** Whether a retry can be done in time is looked at as it is decided on, and never again. */
  RETRY_LOOKED_AT_ONLY_WHEN_DECIDED(
      Edit.calls(Names.ENGINE, Set.of("pump"), "Engine.isPastRetrying", Edit.answer(false))),

  /** A parent goes on from its join at once, whether or not there is a permit for it. */
  PARENT_GOES_ON_WITHOUT_PERMIT(
      Edit.calls(Names.ENGINE, Set.of("resumeWaiting"), "AgentEntry.mayResume", Edit.answer(true)),
      Edit.calls(Names.ENGINE, Set.of("resumeWaiting"), "TargetEntry.mayResume", Edit.answer(true)),
      Edit.calls(
          Names.ENGINE,
          Set.of("resumeWaiting"),
          "HeadgateSettings.maxInFlight",
          Edit.answer(Integer.MAX_VALUE))),

  /** A parent that looks up from its join goes on if its child is done, before it is resumed. */
  PARENT_GOES_ON_BEFORE_IT_IS_RESUMED(
      new Edit(
          Names.ATTEMPT,
          Set.of("join"),
          (code, element) -> {
            if (element instanceof FieldInstruction read
                && read.name().equalsString("resumedJoin")) {
              code.aload(code.parameterSlot(0));
              code.invokevirtual(
                  ClassDesc.of(Names.TASK), "isDone", MethodTypeDesc.ofDescriptor("()Z"));
              code.ifThenElse(
                  Opcode.IFNE,
                  done -> done.getfield(read.owner().asSymbol(), "joins", read.typeSymbol()),
                  waiting -> waiting.with(read));
              return true;
            }
            return false;
          })),

  /** A place goes back to the agent that got one back before. */
  PLACE_GIVEN_BACK_TO_WRONG_AGENT(
      Edit.calls(
          Names.GATES, Set.of("giveBackPlaces"), "AgentGate.waitingRoom", Plant::ofAgentBefore)),

  /** Agents share by the number of their starts, whatever these cost. */
  FAIR_SHARE_BY_COUNT(
      Edit.calls(Names.START_ORDER, Set.of("virtual"), "Math.max", Edit.answer(100L))),

  /** Who publishes into a full ring wakes nobody. */
  LOST_WAKE_UP_AT_FULL_RING(
      Edit.calls(Names.RING, Set.of("publish"), "Runnable.run", Plant::ifThereIsRoom)),

  /** A submission that loses the race for its job's budget keeps its tokens of the buckets. */
  REFUSED_SUBMIT_KEEPS_TOKENS(
      Edit.calls(Names.GATES, Set.of("takeAll"), "TokenBucket.settle", Edit::drop)),

  /** The waiting room says that it is full, whoever asks. */
  EVERYBODY_REFUSED(
      Edit.calls(Names.GATES, Set.of("testLimits"), "WaitingRoom.isFull", Edit.answer(true))),

  /**
   * The permits that a parent lends as it joins are given to nobody until something else happens.
   */
  PERMITS_LIE_IDLE_AFTER_JOIN(
      Edit.calls(Names.ENGINE, Set.of("joinBegan"), "Engine.pump", Edit::drop)),

  /** Whoever lacks tokens is told to come back in a moment, however many it lacks. */
  RETRY_AFTER_TOO_SHORT(Edit.calls(Names.GATES, Set.of("refuseRate"), "Math.max", Edit.answer(1L))),

  /** Whoever lacks tokens is told to come back after four times the time that it takes. */
  RETRY_AFTER_TOO_LONG(
      Edit.calls(Names.GATES, Set.of("waitNs"), "TokenBucket.waitNs", Plant::fourfold)),

  /** A refusal that may pass says that waiting does not help. */
  RETRY_AFTER_OF_ZERO(
      Edit.calls(Names.GATES, Set.of("testLimits", "takeAll"), "Gates.retryNs", Edit.answer(0L))),

  /** Jobs that have not begun take the places that are kept for begun ones. */
  NEW_JOBS_TAKE_THE_PLACES_OF_BEGUN(
      Edit.calls(Names.GATES, Set.of("testLimits", "takeAll"), "Gates.places", Plant::ofBegun)),

  /** Begun jobs get none of the places that are kept for them. */
  BEGUN_JOBS_GET_NO_PLACES_OF_THEIRS(
      Edit.calls(Names.GATES, Set.of("testLimits", "takeAll"), "Gates.places", Plant::ofNew)),

  /** A changed rate is a hundredth of what it was changed to. */
  CHANGED_RATE_IS_A_HUNDREDTH(
      Edit.calls(
          Names.AGENT_GATE, Set.of("apply"), "AgentSettings.tokensPerMinute", Plant::hundredth)),

  /** Whoever lacks tokens is told that there will never be as many. */
  TOKENS_NEVER_COME(
      Edit.calls(Names.GATES, Set.of("waitNs"), "TokenBucket.waitNs", Plant::neverIfNotNow)),

  /** A target that was shut for its overruns is never opened again. */
  SHUT_TARGET_NEVER_OPENS(
      Edit.calls(Names.ENGINE, Set.of("overrunsChanged"), "Effects.open", Edit::drop)),

  /** What a target says of its wait only ever rises: what it was in a storm, it stays for ever. */
  WAIT_ESTIMATE_NEVER_FALLS(
      Edit.calls(
          Names.WAIT_ESTIMATES,
          Set.of("publish"),
          "WaitEstimates.differs",
          (code, call) ->
              code.lcmp()
                  .iconst_0()
                  .invokestatic(
                      ClassDesc.of("java.lang.Math"),
                      "max",
                      MethodTypeDesc.of(
                          ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int)))),

  /** What a halt or a removal ends is gone through in the order of a hash set. */
  ITERATION_IN_HASH_ORDER(
      Edit.reads(Names.ENGINE, Set.of("halt", "endWaiting"), "tasks", "inHashOrder")),

  /** Retries ask no budget. */
  RETRIES_WITHOUT_A_BUDGET(
      Edit.calls(Names.ENGINE, Set.of("mayAddTo"), "RetryBudget.allows", Edit.answer(true))),

  /** A task's end leaves its second attempt running. */
  HEDGE_OUTLIVES_ITS_TASK(Edit.calls(Names.ENGINE, Set.of("end"), "Engine.endHedge", Edit::drop)),

  /** A second attempt that came too late keeps what it had taken. */
  LATE_HEDGE_KEEPS_ITS_RESERVATION(
      Edit.calls(Names.ENGINE, Set.of("hedgeAdmitted"), "Effects.hedgeOver", Edit::drop)),

  /** Second attempts are made of every slow call, whatever waits. */
  HEDGES_WITHOUT_A_LOOK_AT_THE_QUEUE(
      Edit.calls(Names.ENGINE, Set.of("mayHedge"), "Engine.mayAddTo", Edit.answer(true))),

  /** Retries do not look at the queue. */
  RETRIES_INTO_A_FULL_QUEUE(
      Edit.calls(Names.ENGINE, Set.of("mayAddTo"), "Engine.isAbove", Edit.answer(false))),

  /** What a retry had taken is kept, if there is no retry. */
  AN_UNUSED_RETRY_KEEPS_ITS_PLACE(
      Edit.calls(Names.ENGINE, Set.of("attemptEnded"), "Effects.giveBackUnused", Edit::drop)),

  /** A breaker that is open or half open lets everything start that waits. */
  AN_OPEN_BREAKER_HOLDS_NOTHING_BACK(
      Edit.calls(Names.TARGET_ENTRY, Set.of("mayStart"), "Breaker.isOpen", Edit.answer(false))),

  /** A probe that was called off makes room for no other. */
  A_LOST_PROBE_IS_LOST_FOR_GOOD(
      Edit.calls(Names.ENGINE, Set.of("end"), "Engine.judge", Edit::drop)),

  /** A call that a full ring refuses counts as made, and as a repetition. */
  REFUSED_CALL_COUNTS(
      Edit.calls(Names.GATES, Set.of("giveBackAll"), "CallLimits.giveBack", Edit::drop)),

  /** What a writer has changed lets nobody repeat a call. */
  WRITE_NOT_HEEDED(Edit.calls(Names.CALL_LIMITS, Set.of("wrote"), "LoopGuard.wrote", Edit::drop)),

  /** Of two same calls at once both are counted by what the first look said. */
  REPETITION_LOOKED_FOR_ONLY_AT_FIRST(
      Edit.calls(Names.LOOP_GUARD, Set.of("tryTake"), "LoopGuard.test", Edit.answer(0))),

  /** What starts at a cheaper rung says that it holds less, and nobody gets the rest back. */
  A_LOWER_START_GIVES_NOTHING_BACK(
      Edit.calls(Names.ENGINE, Set.of("startCheaper"), "Effects.startsCheaper", Edit::drop)),

  /** What is parked at its job's budget goes on at the first look, and nobody pays. */
  A_PARKED_TASK_IS_PAID_FOR_BY_NOBODY(
      Edit.calls(Names.GATES, Set.of("tryFund"), "JobAccount.tryFund", Edit.answer(true))),

  /** A target's level keeps out a job half of which was let in. */
  A_LEVEL_CUTS_JOBS_IN_HALF(
      Edit.calls(Names.TARGET_GATE, Set.of("keptOutNs"), "JobAccount.isLetIn", Edit.answer(false))),

  /** A target's level is heeded by nobody. */
  A_LEVEL_KEEPS_NOBODY_OUT(
      Edit.calls(Names.GATES, Set.of("test"), "TargetGate.keptOutNs", Edit.answer(0L))),

  /** A target whose first rung is overrun refuses also whom a lower one would serve. */
  AN_OVERRUN_RUNG_SHUTS_ITS_LADDER(
      Edit.calls(Names.GATES, Set.of("test"), "TargetGate.isServedBelow", Edit.answer(false))),

  /** Who waits for a pace waits for it for good. */
  PATIENCE_NEVER_ENDS(
      Edit.calls(Names.ENGINE, Set.of("lookAtPatience"), "Engine.patienceOver", Edit::drop)),

  /** Likewise who is to be tried again. */
  PATIENCE_OF_RETRIES_NEVER_ENDS(
      Edit.calls(
          Names.ENGINE, Set.of("lookAtPatience"), "Engine.patienceOver", Plant::ifNeverStarted)),

  /** What may be parked stays as it was at first. */
  A_LOWERED_BOUND_OF_PARKING_IS_NOT_HEEDED(
      Edit.calls(Names.ENGINE, Set.of("parkingLimited"), "Parking.limit", Edit::drop)),

  /** A job's first limit of calls counts only those that come after it. */
  CALLS_BEFORE_THE_FIRST_LIMIT_ARE_FORGOTTEN(
      Edit.calls(Names.HEADGATE, Set.of("apply"), "JobAccount.admitted", Edit::drop)),

  /** A job goes on keeping back for wrapping up what it kept at first. */
  A_CHANGED_SHARE_IS_NOT_KEPT(
      Edit.calls(Names.JOB_ACCOUNT, Set.of("tryChangeLimits"), "JobAccount.keep", Edit::drop));

  // A nested class, since an enum's own constants are not there yet when it makes its values.
  private static final class Names {
    static final String ENGINE = "io.headgate.engine.Engine";
    static final String WAIT_ESTIMATES = "io.headgate.engine.WaitEstimates";
    static final String START_ORDER = "io.headgate.engine.StartOrder";
    static final String TARGET_ENTRY = "io.headgate.engine.TargetEntry";
    static final String GATES = "io.headgate.admission.Gates";
    static final String TARGET_GATE = "io.headgate.admission.TargetGate";
    static final String AGENT_GATE = "io.headgate.admission.AgentGate";
    static final String CALL_LIMITS = "io.headgate.admission.CallLimits";
    static final String LOOP_GUARD = "io.headgate.admission.LoopGuard";
    static final String ATTEMPT = "io.headgate.simulation.VirtualAttempt";
    static final String TASK = "io.headgate.simulation.VirtualTask";
    static final String HEADGATE = "io.headgate.simulation.VirtualHeadgate";
    static final String JOB_ACCOUNT = "io.headgate.admission.JobAccount";
    static final String RING = "io.headgate.simulation.VirtualRing";
  }

  @SuppressWarnings("ImmutableEnumChecker") // lambdas without a state
  final List<Edit> edits;

  Plant(Edit... edits) {
    this.edits = List.of(edits);
  }

  String words() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  // The reservation is the method's second parameter, behind a long.
  private static void unlessCancelledByCaller(CodeBuilder code, InvokeInstruction call) {
    code.aload(code.parameterSlot(1));
    Edit.invoke(code, "isCancelledByCaller", "(Ljava/lang/Object;)Z");
    code.ifThenElse(Opcode.IFNE, cancelled -> Edit.drop(cancelled, call), kept -> kept.with(call));
  }

  // The task's entry is on top of the stack.
  private static void ifNeverStarted(CodeBuilder code, InvokeInstruction call) {
    ClassDesc entry = ClassDesc.of("io.headgate.engine.TaskEntry");
    code.dup().getfield(entry, "attempt", ConstantDescs.CD_int);
    code.ifThenElse(Opcode.IFNE, again -> Edit.drop(again, call), first -> first.with(call));
  }

  private static void withKeyLessOne(CodeBuilder code, InvokeInstruction call) {
    int tie = code.allocateLocal(TypeKind.LONG);
    code.lstore(tie).lconst_1().lsub().lload(tie).with(call);
  }

  private static void ofAgentBefore(CodeBuilder code, InvokeInstruction call) {
    code.aload(code.receiverSlot());
    Edit.invoke(
        code,
        "agentBefore",
        "(Lio/headgate/admission/AgentGate;Lio/headgate/admission/Gates;)"
            + "Lio/headgate/admission/AgentGate;");
    code.with(call);
  }

  private static void fourfold(CodeBuilder code, InvokeInstruction call) {
    code.with(call).loadConstant(4L).lmul();
  }

  private static void hundredth(CodeBuilder code, InvokeInstruction call) {
    code.with(call).loadConstant(100L).ldiv();
  }

  // Zero stays zero, and all else becomes the greatest.
  private static void neverIfNotNow(CodeBuilder code, InvokeInstruction call) {
    code.with(call).lconst_0().lcmp();
    code.ifThenElse(Opcode.IFNE, b -> b.loadConstant(Long.MAX_VALUE), b -> b.lconst_0());
  }

  private static void ofBegun(CodeBuilder code, InvokeInstruction call) {
    code.pop().iconst_1().with(call);
  }

  private static void ofNew(CodeBuilder code, InvokeInstruction call) {
    code.pop().iconst_0().with(call);
  }

  private static void ifThereIsRoom(CodeBuilder code, InvokeInstruction call) {
    code.aload(code.receiverSlot());
    code.invokevirtual(ClassDesc.of(Names.RING), "hasRoom", MethodTypeDesc.ofDescriptor("()Z"));
    code.ifThenElse(Opcode.IFNE, room -> room.with(call), full -> Edit.drop(full, call));
  }
}
