using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Feedback;
using Silo.Server.Lists;
using Silo.Smtp.Server;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Feedback;

/// <summary>What a report costs that says too little: anybody who got mail can send such.</summary>
public sealed class UnitFinderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Mail_from_before_the_log_begins_is_not_looked_for_in_all_of_it()
    {
        var log = new CountedLog(Events(20_000));
        using var finder = new UnitFinder(log);
        Assert.Null(await finder.Find(MessageIdFormat.Create(Now.AddDays(-40), 1), _ => true, default));
        Assert.InRange(log.Reads, 1, 5);
        // What was accepted when it begins is.
        log.Reads = 0;
        Assert.Null(await finder.Find(MessageIdFormat.Create(Now.AddSeconds(-5), 1), _ => true, default));
        Assert.True(log.Reads >= 20, $"{log.Reads} reads");
    }

    [Fact]
    public async Task Two_reports_are_looked_for_at_a_time_and_a_third_is_put_off()
    {
        await using var server = await FeedbackServer.Start();
        var log = new CountedLog(Events(1)) { Goes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        using var finder = new UnitFinder(log);
        var receiver = Receiver(server, finder);
        var path = PathOf(server);
        var two = Enumerable.Range(0, 2).Select(_ => receiver.Message(Report([path]), default).AsTask()).ToArray();
        await FeedbackServer.Until(() => Task.FromResult(log.Reads == 2), "two are being looked for");
        Assert.Equal(451, (await receiver.Message(Report([path]), default)).Code);
        log.Goes.SetResult();
        Assert.All(await Task.WhenAll(two), r => Assert.Equal(250, r.Code));
        Assert.Equal(250, (await receiver.Message(Report([path]), default)).Code);
    }

    [Fact]
    public async Task An_address_that_is_named_ten_times_is_looked_for_once()
    {
        await using var server = await FeedbackServer.Start();
        var log = new CountedLog(Events(1));
        using var finder = new UnitFinder(log);
        var path = PathOf(server);
        await Receiver(server, finder).Message(Report([path]), default);
        var once = log.Reads;
        await Receiver(server, finder).Message(Report([.. Enumerable.Repeat(path, 9), path.ToUpperInvariant()]), default);
        Assert.Equal(2 * once, log.Reads);
    }

    private static FeedbackReceiver Receiver(FeedbackServer server, UnitFinder finder)
    {
        var services = server.Provider;
        var options = services.GetRequiredService<FeedbackOptions>();
        var ties = new FeedbackTies(finder, server.Store.Tenants, TimeProvider.System);
        var mail = new MailFeedback(
            services.GetRequiredService<ReferenceCodec>(), ties, services.GetRequiredService<FeedbackVerdicts>(), options, TimeProvider.System);
        return new FeedbackReceiver(
            mail, services.GetRequiredService<FeedbackIntake>(), options, services.GetRequiredService<UnsubscribeMail>(),
            services.GetRequiredService<Unsubscriptions>());
    }

    private static string PathOf(FeedbackServer server) => server.Provider.GetRequiredService<OutgoingReferences>().Of(
        server.AccountKey, MessageIdFormat.Create(Now.AddHours(-1), 1), "ann@example.net", "news@acme.example", UnitState.HandedOver).Sender!;

    private static SmtpServerMessage Report(IReadOnlyList<string> recipients) => new("", recipients, System.Text.Encoding.ASCII.GetBytes(
        FeedbackServer.Dsn("else@where.example", "failed", "5.1.1", "550 5.1.1 no such user").ReplaceLineEndings("\r\n")));

    private static StoredEvent[] Events(int count) =>
        [.. Enumerable.Range(1, count).Select(i => new StoredEvent(i, 1, i, Now, (int)TenantEventKind.Accepted, ReadOnlyMemory<byte>.Empty))];

    private sealed class CountedLog(StoredEvent[] events) : IEventLog
    {
        private int _reads;

        public int Reads
        {
            get => _reads;
            set => _reads = value;
        }

        public TaskCompletionSource? Goes { get; init; }

        public ValueTask<IReadOnlyList<StoredEvent>> ReadAt(IReadOnlyList<long> positions, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public async ValueTask<IReadOnlyList<StoredEvent>> ReadFrom(long position, int limit, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            if (Goes is not null) await Goes.Task;
            return [.. events.SkipWhile(e => e.Position <= position).Take(limit)];
        }
    }
}
