using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Accounts;

public sealed class AccountUsageTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-usage-").FullName;
    private readonly HostileTimeProvider _time = new();
    private ISiloStore _store = null!;

    public async Task InitializeAsync()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory }, TimeProvider.System, CancellationToken.None);
        _store = ((StoreOpening.Opened)opening).Store;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_several_silos_accepted_is_one_sum_and_that_of_an_ended_one_stays_in_it_for_a_day()
    {
        var (first, second) = (Usage(1), Usage(2));
        first.OnCommitted([Accepted(3)]);
        second.OnCommitted([Accepted(5)]);
        await first.Save(default);
        await second.Save(default);
        await first.Save(default);
        Assert.Equal((8, 8), (first.Last24Hours, second.Last24Hours));

        var third = Usage(3);
        await third.Load(default);
        Assert.Equal(8, third.Last24Hours);
        _time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(0, third.Last24Hours);
        await third.Save(default);
        var left = await _store.Resources.List(ResourceKind.Account, null, "usage", 10, default);
        Assert.Equal("usage-3", Assert.Single(left.Items).Name);
    }

    [Fact]
    public void Who_came_on_a_list_while_the_mail_waited_was_counted_when_it_was_accepted()
    {
        var usage = Usage(1);
        usage.OnCommitted([Accepted(2), With(TenantEventKind.Accepted, TenantEventKind.Suppressed)]);
        usage.OnCommitted([With(TenantEventKind.Suppressed, TenantEventKind.Delivered)]);
        Assert.Equal(3, usage.Last24Hours);
    }

    private static SpoolWrite With(params TenantEventKind[] kinds) =>
        new() { TenantKey = 1, Events = [.. kinds.Select((k, i) => new EventAppend(i + 1, default, (int)k, default))] };

    private AccountUsage Usage(long incarnation) => new(_store.Resources, _time, incarnation);

    private static SpoolWrite Accepted(int recipients)
    {
        var envelope = new Envelope
        {
            MessageId = "m", TenantName = "a", Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
            Destination = [], AcceptedAt = default, SizeBytes = 1,
        };
        return new SpoolWrite
        {
            TenantKey = 1, Append = new MessageAppend(1, envelope, new byte[1], [.. Enumerable.Repeat("r@example.org", recipients)], default),
        };
    }
}
