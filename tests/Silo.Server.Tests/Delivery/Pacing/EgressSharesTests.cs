using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress.Sharing;
using Xunit;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>What the owners of shared limits are told, and when.</summary>
public sealed class EgressSharesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly Channel<Action> _posted = Channel.CreateUnbounded<Action>();
    private readonly OpenPools _pools = new();
    private DateTimeOffset _now = Start;

    [Fact]
    public async Task What_became_of_mail_is_told_once_however_slow_the_owner_is()
    {
        var scheduler = new EgressScheduler(new Budget(BudgetLimits.None, Start));
        var account = scheduler.Account;
        var shares = new EgressShares(
            scheduler, _pools, 1, () => new LeaseInstant(_now - Start, _now), () => _now, a => _posted.Writer.TryWrite(a), NullLogger.Instance);
        shares.Follow(
            PoolKey.OfPool("news"), PoolKey.OfAddress("192.0.2.1"), BudgetKey.OfAddress("192.0.2.1"), [account], account.Budget,
            BudgetLimits.None, isWarmingUp: true);
        var lane = scheduler.AddLane(scheduler.AddTenant("a", new Budget(BudgetLimits.None, Start)), MailStream.Normal, account);
        scheduler.AddDue(lane, 10, Start);
        shares.Count(account.Budget, 3, 1);
        var first = await Ask();
        shares.Count(account.Budget, 2, 0);
        var second = await Ask();
        Assert.Equal([(3, 1), (0, 0)], new[] { first, second }.Select(ResultsOf));

        await Answer(second);
        await Answer(first);
        Assert.Equal((2, 0), ResultsOf(await Ask()));

        async Task<OpenRequest> Ask()
        {
            _now += TimeSpan.FromSeconds(3);
            shares.Ask();
            return await _pools.Asked.Reader.ReadAsync();
        }
    }

    private async Task Answer(OpenRequest asked)
    {
        asked.Answer.SetResult(new PoolReply([new BudgetReply(asked.Request.Budgets[0].Budget, null, null, 0, null)]));
        (await _posted.Reader.ReadAsync())();
    }

    private static (int Delivered, int Refused) ResultsOf(OpenRequest asked) => (asked.Request.Budgets[0].Delivered, asked.Request.Budgets[0].Refused);

    private sealed record OpenRequest(PoolRequest Request, TaskCompletionSource<PoolReply> Answer);

    /// <summary>Owners that answer when the test does.</summary>
    private sealed class OpenPools : ISendingPools, ISendingPool
    {
        public Channel<OpenRequest> Asked { get; } = Channel.CreateUnbounded<OpenRequest>();

        public bool IsAlone => false;

        public ISendingPool Get(string key) => this;

        public async ValueTask<PoolReply> Ask(PoolRequest request, CancellationToken cancellationToken)
        {
            var asked = new OpenRequest(request, new TaskCompletionSource<PoolReply>());
            Asked.Writer.TryWrite(asked);
            return await asked.Answer.Task;
        }
    }
}
