using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Silo.Core.Tenants;
using Silo.Server.Intake;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Writes to the operator when something needs a look: by the platform's own intake, so many mails in any hour, and what does not fit in one
/// when there is room again. What a silo stored itself it tells of; a restart forgets what was held back.
/// </summary>
internal sealed partial class OperatorMail(
    OperatorMailOptions options, Func<IMessageIntake> intake, Func<long, CancellationToken, ValueTask<string?>> tenantNames, TimeProvider time,
    ILogger<OperatorMail> logger) : BackgroundService
{
    private const int MaxWaiting = 10_000;
    private const int MaxHeld = 500;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly Queue<long> _sent = [];
    private readonly List<string> _held = [];
    private long _notHeld;

    /// <summary>Never waits. Without recipients nothing happens.</summary>
    public void Tell(string subject, string text)
    {
        if (options.IsOn) _entries.Writer.TryWrite(new Entry(subject, text, null, 0));
    }

    /// <summary>On the writer's thread: what is to be told is only put aside.</summary>
    public void OnCommitted(IReadOnlyList<SpoolWrite> writes)
    {
        if (!options.IsOn) return;
        foreach (var write in writes)
        {
            foreach (var e in write.Events)
                if (OperatorNews.IsNews((TenantEventKind)e.Kind)) _entries.Writer.TryWrite(new Entry("", "", e, write.TenantKey));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.IsOn) return;
        var reader = _entries.Reader;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (reader.TryRead(out var entry)) await Take(entry, stoppingToken);
                if (_held.Count == 0)
                {
                    await reader.WaitToReadAsync(stoppingToken);
                    continue;
                }

                await WaitForRoom(stoppingToken);
                while (reader.TryRead(out var entry)) await Take(entry, stoppingToken);
                await SendHeld(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever it was, it must not end the process.
                LogFailed(e);
            }
        }
    }

    private async ValueTask Take(Entry entry, CancellationToken cancellationToken)
    {
        if (await Written(entry, cancellationToken) is not { } news) return;
        if (_held.Count > 0 || !HasRoom())
        {
            if (_held.Count < MaxHeld) _held.Add($"{news.Subject}\n{news.Text}");
            else _notHeld++;
            return;
        }

        await Send(news.Subject, news.Text, cancellationToken);
    }

    private async ValueTask<(string Subject, string Text)?> Written(Entry entry, CancellationToken cancellationToken)
    {
        if (entry.Event is not { } stored) return (entry.Subject, entry.Text);
        var told = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
        var name = await tenantNames(entry.TenantKey, cancellationToken) ?? entry.TenantKey.ToString(CultureInfo.InvariantCulture);
        return OperatorNews.Write(told, name);
    }

    private async ValueTask SendHeld(CancellationToken cancellationToken)
    {
        var text = new StringBuilder().AppendJoin("\n\n", _held);
        if (_notHeld > 0) text.Append(CultureInfo.InvariantCulture, $"\n\n… and {_notHeld} more.");
        var count = _held.Count + _notHeld;
        _held.Clear();
        _notHeld = 0;
        await Send($"{count} things happened since the last mail", text.ToString(), cancellationToken);
    }

    private async ValueTask Send(string subject, string text, CancellationToken cancellationToken)
    {
        // An attempt counts, whatever becomes of it.
        _sent.Enqueue(time.GetTimestamp());
        var reply = await intake().Send(
            new SendRequest
            {
                TenantName = options.Tenant, ConfigurationSetName = options.ConfigurationSet, From = options.From, To = options.To,
                Content = new SimpleContent(new SendText($"[Silo] {subject}", null), new SendText(text + "\n", null), null, [], []),
            },
            cancellationToken);
        if (reply.Refusal == SendRefusal.None) return;
        LogRefused(reply.Message ?? reply.Refusal.ToString());
        if (reply.Refusal is SendRefusal.Unavailable or SendRefusal.TooManyRequests) _held.Add($"{subject}\n{text}");
    }

    private bool HasRoom()
    {
        while (_sent.TryPeek(out var first) && time.GetElapsedTime(first) >= Hour) _sent.Dequeue();
        return _sent.Count < options.MaxPerHour;
    }

    private async Task WaitForRoom(CancellationToken cancellationToken)
    {
        while (!HasRoom())
        {
            var wait = Hour - time.GetElapsedTime(_sent.Peek());
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <param name="Event">An event that is yet to be put into words; null when the words are there.</param>
    private sealed record Entry(string Subject, string Text, EventAppend? Event, long TenantKey);

    [LoggerMessage(7008, LogLevel.Warning, "Mail to the operator was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(7009, LogLevel.Error, "Mail to the operator failed")]
    private partial void LogFailed(Exception exception);
}
