using System.Security.Cryptography;
using Silo.Server.Intake;
using Xunit;

namespace Silo.Server.Tests.Intake;

public sealed class BufferedRandomTests
{
    [Fact]
    public async Task Each_byte_of_the_source_is_given_out_once_to_one_who_asks()
    {
        const int portions = 2_000;
        using var source = new Counting();
        var random = new BufferedRandom(source);
        var given = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var own = new List<UInt128>();
            Span<byte> bytes = stackalloc byte[16];
            for (var i = 0; i < portions; i++)
            {
                random.GetBytes(bytes);
                own.Add(BitConverter.ToUInt128(bytes));
            }

            return own;
        })));
        Assert.Equal(4 * portions, given.SelectMany(g => g).Distinct().Count());
        Assert.DoesNotContain(UInt128.Zero, given.SelectMany(g => g));
    }

    /// <summary>Portions of 16 bytes that all differ.</summary>
    private sealed class Counting : RandomNumberGenerator
    {
        private ulong _next = 1;

        public override void GetBytes(byte[] data)
        {
            for (var at = 0; at < data.Length; at += 16) BitConverter.TryWriteBytes(data.AsSpan(at), _next++);
        }
    }
}
