using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Silo.Core.Tests.Ownership.Model;

internal enum Phase : byte { NotStarted, Running, Stopped, Suspended, Gone }

/// <summary>A question to the database: on its way there, or its answer on the way back.</summary>
internal enum Message : byte { None, Sent, Granted, Refused }

internal enum BatchStep : byte { None, Sent, Fenced, Stored, Refused, Broken, Asked }

internal enum BatchKind : byte { None, Release, Settle, Defer, Accept, HandOver, HandOverRefused, LetGo }

internal enum Delivery : byte { Idle, Releasing, Ready, MailChecked, Begun, DotChecked, Written, Settling }

internal enum Mail : byte { None, Queued, InHand }

internal enum Outage : byte { None, Silent }

[Flags]
internal enum Held : byte { None, Renewal = 1, Claim = 2, TakeOver = 4, Batch = 8 }

internal enum Violation : byte
{
    None, LeftFromAnotherThanTheOwner, MoreThanOneLateCommand, BatchOfTheDead, BatchStoredTwice, WriteOfAnotherThanTheOwner,
    HandedOverInFlight, LivingOneKilledAfterAnOutage, SweptWithMail, MailWithoutOwner, NeverServed,
}

/// <summary>
/// One incarnation: what its process holds in memory, what is on its way between it and the database, and its rows there. Times are
/// ages in ticks, capped where nothing depends on more, so that there are finitely many states.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 40)]
internal struct Incarnation
{
    // The process.
    public Phase Phase;
    public bool IsCutOff;
    public bool Believes;
    public sbyte MonotonicAge;
    public sbyte WallAge;
    public sbyte HeldFor;
    public bool RenewalDue;
    public bool IsActing;
    public Delivery Delivery;
    public bool StoppedBeforeWrite;
    public byte LateCommands;
    public sbyte SinceDrift;

    // Between process and database.
    public Message Renewal;
    public sbyte RenewalMonotonicAge;
    public sbyte RenewalWallAge;
    public Message Claim;
    public bool StrayClaim;
    public byte TakeOverOf;
    public BatchStep Batch;
    public BatchKind Kind;
    public byte BatchTo;
    public bool BatchIsTorn;
    public bool BatchWasStored;
    public BatchKind StrayBatch;
    public byte StrayBatchTo;
    public Held Held;

    // Its rows.
    public sbyte LeaseLeft;
    public sbyte SteadyFor;
    public bool IsTaken;
    public bool IsDead;
    public bool IsSwept;

    // It was well when the database fell silent, and nothing else befell it since.
    public bool IsInnocent;

    public readonly bool CanAct => Phase == Phase.Running;

    public readonly bool CanTalk => Phase == Phase.Running && !IsCutOff;
}

[InlineArray(ClusterState.Slots)]
internal struct Incarnations
{
    private Incarnation _first;
}

/// <summary>The whole cluster with one tenant. Numbers of incarnations in the tenant's row are 1 and up; 0 is nobody.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = (Slots * 40) + 8)]
internal struct ClusterState
{
    public const int Slots = 4;

    public Incarnations Of;
    public byte Owner;
    public byte Request;
    public Mail Mail;
    public Outage Outage;
    public sbyte OutageFor;
    public sbyte TimeToRenew;
    public byte FaultsLeft;
    public Violation Violation;

    public readonly int CountLateCommands()
    {
        var count = 0;
        foreach (var one in Of) count += one.LateCommands;
        return count;
    }

    public readonly UInt128 Fingerprint()
    {
        ulong high = 0x9E3779B97F4A7C15, low = 0xC2B2AE3D27D4EB4F;
        foreach (var word in MemoryMarshal.Cast<ClusterState, ulong>(new ReadOnlySpan<ClusterState>(in this)))
        {
            high = (high ^ word) * 0xFF51AFD7ED558CCD;
            high ^= high >> 32;
            low = (low + word) * 0xC4CEB9FE1A85EC53;
            low ^= low >> 29;
        }

        return new UInt128(high, low);
    }
}
