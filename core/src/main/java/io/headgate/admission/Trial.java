package io.headgate.admission;

/**
 * The half-open breakers of which a call is a probe, or part of one: what a probe's call submits is
 * let through with it, else a probe whose own calls go to the same target could never be well. Made
 * by the engine when a probe starts, handed on by its attempt to what that submits.
 *
 * @param target whose calls are on trial
 * @param ofTarget the time from one opening to the next of the target's breaker; 0 if it is closed
 * @param ofAgent that of the breaker of the agent at the target, likewise
 */
public record Trial(TargetGate target, int ofTarget, int ofAgent) {}
