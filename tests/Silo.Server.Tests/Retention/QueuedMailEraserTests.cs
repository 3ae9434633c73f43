using System.Security.Cryptography;
using Silo.Server.Retention;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Retention;

public sealed class QueuedMailEraserTests
{
    [Fact]
    public async Task It_is_done_when_what_was_being_stored_is_settled_and_brought_no_more_mail()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var store = new Settling();
        var eraser = new QueuedMailEraser(store, engine.Tenants, RandomNumberGenerator.Create(), TimeProvider.System);
        var erasure = new Erasure
        {
            Id = "erasure-1", Address = "gone@gmail.com", Pseudonym = "erased-1@gmail.com", RequestedAt = DateTimeOffset.UnixEpoch,
        };
        for (var look = 0; look < 3; look++) Assert.NotNull((await Next()).Next);
        var waiting = await Next();
        Assert.True(waiting.RestsFor > TimeSpan.Zero);
        Assert.Equal(1, store.Marks);

        // What settles is mail to the address: it is cancelled, and then all is waited for again.
        (store.IsSettledNow, store.Units) = (true, 1);
        while (store.Units > 0)
        {
            var step = await Next();
            Assert.NotNull(step.Next);
            if ((await engine.Tenants.Get("a").Describe(default))!.Orders.Count > 0) store.Units = 0;
        }

        for (var steps = 0; steps < 10 && erasure.Cursor is not null; steps++) await Next();
        Assert.Null(erasure.Cursor);
        Assert.Equal(2, store.Marks);

        async Task<EraserStep> Next()
        {
            var step = await eraser.Erase(erasure, default);
            erasure = erasure with { Cursor = step.Next };
            return step;
        }
    }

    private sealed class Settling : IAddressStore
    {
        public long Units { get; set; }

        public bool IsSettledNow { get; set; }

        public int Marks { get; private set; }

        public ValueTask<IReadOnlyList<AddressedUnits>> FindUnits(string recipient, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<AddressedUnits>>(Units == 0 ? [] : [new AddressedUnits(1, "a", Units)]);

        public ValueTask<string> MarkEnd(CancellationToken cancellationToken) => ValueTask.FromResult((++Marks).ToString());

        public ValueTask<bool> IsSettled(string end, CancellationToken cancellationToken)
        {
            Assert.Equal(Marks.ToString(), end);
            return ValueTask.FromResult(IsSettledNow);
        }

        public ValueTask<IReadOnlyList<AddressRow>> Read(AddressTable table, string? after, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<int> Replace(AddressTable table, IReadOnlyList<AddressRow> rows, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
