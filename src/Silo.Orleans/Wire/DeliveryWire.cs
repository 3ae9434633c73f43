using Orleans;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Suppression;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.PermitUse.wire")]
internal struct PermitUseWire
{
    [Id(0)] public int Started;
    [Id(1)] public int Unused;
    [Id(2)] public int InHand;
    [Id(3)] public int Unsettled;
    [Id(4)] public ReturnedPermits[]? Returned;
}

[RegisterConverter]
internal sealed class PermitUseConverter : IConverter<PermitUse, PermitUseWire>
{
    public PermitUse ConvertFromSurrogate(in PermitUseWire wire) => new(wire.Started, wire.Unused, wire.InHand)
    {
        Unsettled = wire.Unsettled, Returned = wire.Returned,
    };

    public PermitUseWire ConvertToSurrogate(in PermitUse value) => new()
    {
        Started = value.Started, Unused = value.Unused, InHand = value.InHand, Unsettled = value.Unsettled,
        Returned = value.Returned is null ? null : Arrays.Of(value.Returned),
    };
}

[GenerateSerializer, Immutable, Alias("silo.PermitRequest.wire")]
internal struct PermitRequestWire
{
    [Id(0)] public long TenantKey;
    [Id(1)] public long Incarnation;
    [Id(2)] public int Wanted;
    [Id(3)] public PermitUse Use;
    [Id(4)] public string? Provider;
    [Id(5)] public string? SendingDomain;
    [Id(6)] public string? OverflowPool;
}

[RegisterConverter]
internal sealed class PermitRequestConverter : IConverter<PermitRequest, PermitRequestWire>
{
    public PermitRequest ConvertFromSurrogate(in PermitRequestWire wire) =>
        new(wire.TenantKey, wire.Incarnation, wire.Wanted, wire.Use)
        {
            Provider = wire.Provider, SendingDomain = wire.SendingDomain, OverflowPool = wire.OverflowPool,
        };

    public PermitRequestWire ConvertToSurrogate(in PermitRequest value) => new()
    {
        TenantKey = value.TenantKey, Incarnation = value.Incarnation, Wanted = value.Wanted, Use = value.Use,
        Provider = value.Provider, SendingDomain = value.SendingDomain, OverflowPool = value.OverflowPool,
    };
}

[GenerateSerializer, Immutable, Alias("silo.Permits.wire")]
internal struct PermitsWire
{
    [Id(0)] public int Granted;
    [Id(1)] public DateTimeOffset? AskAgainAt;
    [Id(2)] public double Weight;
    [Id(3)] public PermitShortage Shortage;
    [Id(4)] public PermitTerm? Term;
}

[RegisterConverter]
internal sealed class PermitsConverter : IConverter<Permits, PermitsWire>
{
    // Not told by the release before.
    public Permits ConvertFromSurrogate(in PermitsWire wire) =>
        new(wire.Granted, wire.AskAgainAt) { Weight = wire.Weight == 0 ? 1 : wire.Weight, Shortage = wire.Shortage, Term = wire.Term };

    public PermitsWire ConvertToSurrogate(in Permits value) => new()
    {
        Granted = value.Granted, AskAgainAt = value.AskAgainAt, Weight = value.Weight, Shortage = value.Shortage, Term = value.Term,
    };
}

[GenerateSerializer, Immutable, Alias("silo.PermitTerm.wire")]
internal struct PermitTermWire
{
    [Id(0)] public long SetBy;
    [Id(1)] public DateTimeOffset? From;
    [Id(2)] public DateTimeOffset? Until;
}

[RegisterConverter]
internal sealed class PermitTermConverter : IConverter<PermitTerm, PermitTermWire>
{
    public PermitTerm ConvertFromSurrogate(in PermitTermWire wire) => new(wire.SetBy, wire.From, wire.Until);

    public PermitTermWire ConvertToSurrogate(in PermitTerm value) => new() { SetBy = value.SetBy, From = value.From, Until = value.Until };
}

[GenerateSerializer, Immutable, Alias("silo.ReturnedPermits.wire")]
internal struct ReturnedPermitsWire
{
    [Id(0)] public string Provider;
    [Id(1)] public PermitTerm Term;
    [Id(2)] public int Count;
    [Id(3)] public string? SendingDomain;
}

[RegisterConverter]
internal sealed class ReturnedPermitsConverter : IConverter<ReturnedPermits, ReturnedPermitsWire>
{
    public ReturnedPermits ConvertFromSurrogate(in ReturnedPermitsWire wire) => new(wire.Provider, wire.Term, wire.Count)
    {
        SendingDomain = wire.SendingDomain,
    };

    public ReturnedPermitsWire ConvertToSurrogate(in ReturnedPermits value) => new()
    {
        Provider = value.Provider, Term = value.Term, Count = value.Count, SendingDomain = value.SendingDomain,
    };
}

[GenerateSerializer, Immutable, Alias("silo.OutcomeBatch.wire")]
internal struct OutcomeBatchWire
{
    [Id(0)] public long TenantKey;
    [Id(1)] public long Incarnation;
    [Id(2)] public Outcome[] Outcomes;
    [Id(3)] public PermitUse Use;
    [Id(4)] public bool Repeated;
}

[RegisterConverter]
internal sealed class OutcomeBatchConverter : IConverter<OutcomeBatch, OutcomeBatchWire>
{
    public OutcomeBatch ConvertFromSurrogate(in OutcomeBatchWire wire) =>
        new(wire.TenantKey, wire.Incarnation, wire.Outcomes, wire.Use) { Repeated = wire.Repeated };

    public OutcomeBatchWire ConvertToSurrogate(in OutcomeBatch value) => new()
    {
        TenantKey = value.TenantKey, Incarnation = value.Incarnation, Outcomes = Arrays.Of(value.Outcomes), Use = value.Use,
        Repeated = value.Repeated,
    };
}

[GenerateSerializer, Immutable, Alias("silo.Outcome.wire")]
internal struct OutcomeWire
{
    [Id(0)] public QueuedUnit Unit;
    [Id(1)] public Envelope? Envelope;
    [Id(2)] public long ReleaseId;
    [Id(3)] public DeliveryResult Result;
    [Id(4)] public DateTimeOffset? StartedAt;
    [Id(5)] public DateTimeOffset EndedAt;
    [Id(6)] public bool MessageIsGone;
    [Id(7)] public PermitTerm? Term;
    [Id(8)] public bool CommonCause;
}

[RegisterConverter]
internal sealed class OutcomeConverter : IConverter<Outcome, OutcomeWire>
{
    public Outcome ConvertFromSurrogate(in OutcomeWire wire) =>
        new(wire.Unit, wire.Envelope, wire.ReleaseId, wire.Result, wire.StartedAt, wire.EndedAt)
        {
            MessageIsGone = wire.MessageIsGone, Term = wire.Term, CommonCause = wire.CommonCause,
        };

    public OutcomeWire ConvertToSurrogate(in Outcome value) => new()
    {
        Unit = value.Unit, Envelope = value.Envelope, ReleaseId = value.ReleaseId, Result = value.Result, StartedAt = value.StartedAt,
        EndedAt = value.EndedAt, MessageIsGone = value.MessageIsGone, Term = value.Term,
        CommonCause = value.CommonCause,
    };
}

[GenerateSerializer, Immutable, Alias("silo.QueuedUnit.wire")]
internal struct QueuedUnitWire
{
    [Id(0)] public long Id;
    [Id(1)] public long MessageKey;
    [Id(2)] public int UnitsOfMessage;
    [Id(3)] public string Recipient;
    [Id(4)] public DateTimeOffset DueAt;
    [Id(5)] public int Attempts;
    [Id(6)] public DateTimeOffset? FirstAttemptAt;
    [Id(7)] public int Crashes;
    [Id(8)] public bool PossibleDuplicate;
    [Id(9)] public int StreamAndOne;
    [Id(10)] public string? Pool;
    [Id(11)] public int DelaysTold;
    [Id(12)] public string? Provider;
    [Id(13)] public string? SendingDomain;
    [Id(14)] public string? OverflowPool;
}

[RegisterConverter]
internal sealed class QueuedUnitConverter : IConverter<QueuedUnit, QueuedUnitWire>
{
    public QueuedUnit ConvertFromSurrogate(in QueuedUnitWire wire) => new(
        wire.Id, wire.MessageKey, wire.UnitsOfMessage, wire.Recipient, wire.DueAt, wire.Attempts,
        wire.FirstAttemptAt, wire.Crashes, wire.PossibleDuplicate)
    {
        Stream = StreamNumber.Read(wire.StreamAndOne), Pool = wire.Pool, DelaysTold = wire.DelaysTold, Provider = wire.Provider,
        SendingDomain = wire.SendingDomain, OverflowPool = wire.OverflowPool,
    };

    public QueuedUnitWire ConvertToSurrogate(in QueuedUnit value) => new()
    {
        Id = value.Id, MessageKey = value.MessageKey, UnitsOfMessage = value.UnitsOfMessage, Recipient = value.Recipient,
        DueAt = value.DueAt, Attempts = value.Attempts, FirstAttemptAt = value.FirstAttemptAt, Crashes = value.Crashes,
        PossibleDuplicate = value.PossibleDuplicate, StreamAndOne = StreamNumber.Of(value.Stream), Pool = value.Pool,
        DelaysTold = value.DelaysTold, Provider = value.Provider, SendingDomain = value.SendingDomain, OverflowPool = value.OverflowPool,
    };
}

[GenerateSerializer, Immutable, Alias("silo.DeliveryResult.wire")]
internal struct DeliveryResultWire
{
    [Id(0)] public DeliveryResultKind Kind;
    [Id(1)] public DeliveryStage Stage;
    [Id(2)] public SmtpReply? Reply;
    [Id(3)] public BounceSubType BounceSubType;
    [Id(4)] public DeferralScope DeferralScope;
    [Id(5)] public string? RemoteHost;
    [Id(6)] public string? RemoteId;
    [Id(7)] public string? Diagnostic;
    [Id(8)] public string? RuleName;
    [Id(9)] public bool Simulated;
    [Id(10)] public DateTimeOffset? RestsUntil;
    [Id(11)] public bool RestsAll;
    [Id(12)] public string? SendingSuspended;
    [Id(13)] public BounceSubType? KeptBackAs;
    [Id(14)] public SuppressionReason? ListedFor;
}

[RegisterConverter]
internal sealed class DeliveryResultConverter : IConverter<DeliveryResult, DeliveryResultWire>
{
    public DeliveryResult ConvertFromSurrogate(in DeliveryResultWire wire) => new()
    {
        Kind = wire.Kind, Stage = wire.Stage, Reply = wire.Reply, BounceSubType = wire.BounceSubType,
        DeferralScope = wire.DeferralScope, RemoteHost = wire.RemoteHost, RemoteId = wire.RemoteId, Diagnostic = wire.Diagnostic,
        RuleName = wire.RuleName, Simulated = wire.Simulated, RestsUntil = wire.RestsUntil,
        RestsAll = wire.RestsAll, SendingSuspended = wire.SendingSuspended, KeptBackAs = wire.KeptBackAs, ListedFor = wire.ListedFor,
    };

    public DeliveryResultWire ConvertToSurrogate(in DeliveryResult value) => new()
    {
        Kind = value.Kind, Stage = value.Stage, Reply = value.Reply, BounceSubType = value.BounceSubType,
        DeferralScope = value.DeferralScope, RemoteHost = value.RemoteHost, RemoteId = value.RemoteId, Diagnostic = value.Diagnostic,
        RuleName = value.RuleName, Simulated = value.Simulated, RestsUntil = value.RestsUntil,
        RestsAll = value.RestsAll, SendingSuspended = value.SendingSuspended, KeptBackAs = value.KeptBackAs, ListedFor = value.ListedFor,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SmtpReply.wire")]
internal struct SmtpReplyWire
{
    [Id(0)] public int Code;
    [Id(1)] public string? EnhancedCode;
    [Id(2)] public string Text;
}

[RegisterConverter]
internal sealed class SmtpReplyConverter : IConverter<SmtpReply, SmtpReplyWire>
{
    public SmtpReply ConvertFromSurrogate(in SmtpReplyWire wire) => new(wire.Code, wire.EnhancedCode, wire.Text);

    public SmtpReplyWire ConvertToSurrogate(in SmtpReply value) => new()
    {
        Code = value.Code, EnhancedCode = value.EnhancedCode, Text = value.Text,
    };
}
