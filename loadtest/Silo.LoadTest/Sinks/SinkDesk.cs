using System.Text;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Sinks.Smtp;

namespace Silo.LoadTest.Sinks;

/// <summary>One recipient of one attempt.</summary>
/// <param name="Address">Null where the recipient does not say which message it is.</param>
/// <param name="Attempt">0 for the first.</param>
internal readonly record struct Incoming(
    string Recipient, LoadAddress? Address, ProviderState? Provider, int Attempt, ProviderVerdict Verdict, long BegunAt);

/// <summary>What every sink does with mail, whatever protocol it came by: decide as the provider would, check, and count.</summary>
internal sealed class SinkDesk
{
    private readonly SinkOptions _options;
    private readonly Attempts _attempts = new();
    private readonly DkimCheck? _dkim;
    private readonly TenantPattern? _author;

    public SinkDesk(SinkOptions options)
    {
        _options = options;
        Accounting = new SinkAccounting(options, Faults);
        if (options.Checks.AuthorDomain is { } author) _author = new TenantPattern(author);
        if (options.Checks.DkimShare > 0) _dkim = new DkimCheck(options.Checks, options.Time);
    }

    public SinkCounters Counters { get; } = new();

    public SinkFaults Faults { get; } = new();

    public SinkAccounting Accounting { get; }

    /// <summary>Asked once for each message before its content comes: whether all of it is needed.</summary>
    public bool WantsContent() => _dkim?.IsNext() == true;

    /// <summary>A recipient is named: RCPT, or a call.</summary>
    public Incoming Meet(ReadOnlySpan<char> recipient, long begunAt)
    {
        LoadAddress? address = null;
        if (LoadAddress.TryParse(recipient, out var parsed) && parsed.Run == _options.Run)
        {
            address = parsed;
            Accounting.Begun(parsed.Tenant, parsed.Lane, parsed.Number, begunAt);
        }

        var provider = _options.Providers.IsEmpty ? null : _options.Providers.Of(recipient[(recipient.LastIndexOf('@') + 1)..]);
        var attempt = _attempts.Of(recipient);
        var text = recipient.ToString();
        var verdict = Judge(address?.Fate ?? LoadFate.Profile, provider, text, attempt);
        // Who it is has to be seen first, and stands in the header.
        if (address is null && verdict.Reply is not null) verdict = verdict with { BehindContent = true };
        return new Incoming(text, address, provider, attempt, verdict, begunAt);
    }

    /// <summary>It was refused before its content came.</summary>
    public void Refused(in Incoming incoming)
    {
        if (incoming.Address is { } a) End(incoming, new LoadMark(a.Run, a.Tenant, a.Lane, a.Number, 0), incoming.Verdict.End, 0);
        else Counters.Ended(incoming.Verdict.End);
    }

    /// <summary>How long the provider takes before it answers to the content.</summary>
    public TimeSpan Latency(in Incoming incoming) =>
        incoming.Provider is { } provider && (provider.Profile.MinLatencyMs > 0 || provider.Profile.MaxLatencyMs > 0)
            ? provider.Latency(incoming.Recipient, incoming.Attempt)
            : TimeSpan.Zero;

    /// <summary>The content is here, and the answer to it is what <paramref name="end"/> says.</summary>
    /// <param name="whole">Empty unless <see cref="WantsContent"/> asked for it.</param>
    /// <param name="report">A complaint that is drawn goes to the feedback door, with the header; else the caller sees to it.</param>
    public void Came(in Incoming incoming, ArrivalEnd end, SinkContent content, ReadOnlyMemory<byte> whole, bool report = true)
    {
        var head = MessageHead.Read(content.Head);
        if (Identify(incoming, head) is not { } mark)
        {
            Counters.Ended(end, (int)content.Bytes);
            return;
        }

        if (_author is { } author && !author.IsOf(head.AuthorDomain, mark.Tenant))
        {
            var domain = Encoding.ASCII.GetString(head.AuthorDomain);
            Note(SinkFault.WrongTenant, mark, $"its author is at '{domain}'");
        }

        if (!whole.IsEmpty && _dkim?.Fault(whole, mark.Tenant) is { } fault) Note(SinkFault.Dkim, mark, fault);
        End(incoming, mark, end, (int)content.Bytes);
        if (!report || end != ArrivalEnd.Delivered || !incoming.Verdict.Complains) return;
        var delay = incoming.Provider?.Profile.ComplaintDelayMs ?? 0;
        var due = _options.Time.GetTimestamp() + delay * _options.Time.TimestampFrequency / 1000;
        var feedback = new Feedback.Feedback(due, incoming.Recipient, content.CopyHeader(), default);
        Counters.Complained(_options.Feedback is not { } door || door.TryReport(feedback));
    }

    /// <summary>Counts an end that is known by its mark.</summary>
    public void End(in Incoming incoming, in LoadMark mark, ArrivalEnd end, int bytes)
    {
        Counters.Ended(end, bytes);
        switch (end)
        {
            case ArrivalEnd.Delivered:
                Accounting.Delivered(mark.Tenant, mark.Lane, mark.Number);
                _attempts.Done(incoming.Recipient);
                break;
            case ArrivalEnd.HardBounced or ArrivalEnd.SoftBounced:
                Accounting.Refused(mark.Tenant, mark.Lane, mark.Number);
                _attempts.Done(incoming.Recipient);
                break;
            default:
                _attempts.PutOff(incoming.Recipient);
                break;
        }

        _options.OnArrival?.Invoke(new Arrival(
            mark, incoming.BegunAt, _options.Time.GetTimestamp(), _options.Time.GetUtcNow(), end, incoming.Provider?.Profile.Name ?? ""));
    }

    public void Note(SinkFault fault, LoadMark mark, string words) =>
        Accounting.Notes.Add(fault, () => $"{SinkAccounting.Name(mark.Tenant, mark.Lane, mark.Number)}: {words}");

    /// <summary>Null when nothing says which message it is.</summary>
    private LoadMark? Identify(in Incoming incoming, in MessageHead head)
    {
        var hasMark = head.HasMark && head.Mark.Run == _options.Run;
        var mark = head.Mark;
        if (incoming.Address is not { } a)
        {
            if (!hasMark)
            {
                Accounting.Notes.Add(SinkFault.Unmarked, static () => "neither recipient nor header is of this run");
                return null;
            }

            Accounting.Begun(mark.Tenant, mark.Lane, mark.Number, incoming.BegunAt);
            return mark;
        }

        if (hasMark && (mark.Tenant, mark.Lane, mark.Number) == (a.Tenant, a.Lane, a.Number)) return mark;
        var own = new LoadMark(a.Run, a.Tenant, a.Lane, a.Number, hasMark ? mark.Due : 0);
        var other = hasMark
            ? $"it came with the content of {SinkAccounting.Name(mark.Tenant, mark.Lane, mark.Number)}"
            : "its content has no mark";
        Note(hasMark && mark.Tenant != a.Tenant ? SinkFault.WrongTenant : SinkFault.WrongContent, own, other);
        return own;
    }

    private ProviderVerdict Judge(LoadFate fate, ProviderState? provider, string recipient, int attempt) => fate switch
    {
        LoadFate.Bounce => new ProviderVerdict(
            ArrivalEnd.HardBounced, provider?.Profile.HardBounceReply ?? "550 5.1.1 No such user here", false, false),
        LoadFate.Complain => new ProviderVerdict(ArrivalEnd.Delivered, null, false, Complains: true),
        LoadFate.Defer when attempt == 0 => new ProviderVerdict(
            ArrivalEnd.Deferred, provider?.Profile.DeferralReply ?? "451 4.3.0 Temporary system problem. Try again later", false, false),
        LoadFate.Profile when provider is not null => provider.Judge(
            recipient, attempt, _options.Time.GetTimestamp(), _options.Time),
        _ => new ProviderVerdict(ArrivalEnd.Delivered, null, false, false),
    };
}
