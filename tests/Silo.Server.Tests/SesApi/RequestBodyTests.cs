using System.IO.Pipelines;
using System.Security.Cryptography;
using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class RequestBodyTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(100_000, true)]
    [InlineData(0, false)]
    [InlineData(100_000, false)]
    public async Task A_body_is_read_whole_and_hashed_and_its_bytes_are_given_back(int length, bool isDeclared)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var budget = new BodyBudget(1 << 20);
        using (var body = new RequestBody(budget))
        {
            Assert.Null(await body.Read(PipeReader.Create(new MemoryStream(bytes)), isDeclared ? length : null, 200_000, CancellationToken.None));
            Assert.Equal(bytes, body.Bytes.ToArray());
            Assert.Equal(SHA256.HashData(bytes), body.Sha256);
            Assert.True(length == 0 || budget.UsedBytes >= length);
        }

        Assert.Equal(0, budget.UsedBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_the_limit_is_refused_with_the_limit_named(bool isDeclared)
    {
        using var body = new RequestBody(new BodyBudget(1 << 20));
        var error = await body.Read(PipeReader.Create(new MemoryStream(new byte[5_000])), isDeclared ? 5_000 : null, 4_999, CancellationToken.None);
        Assert.Equal("BadRequestException", error!.Code);
        Assert.Contains("4999", error.Message);
    }

    [Fact]
    public async Task A_body_that_is_only_announced_takes_little_of_the_budget()
    {
        var budget = new BodyBudget(1 << 30);
        var pipe = new Pipe();
        using var body = new RequestBody(budget);
        var reading = body.Read(pipe.Reader, 50_000_000, 60_000_000, CancellationToken.None);
        Assert.InRange(budget.UsedBytes, 1, 2 << 20);
        await pipe.Writer.WriteAsync(new byte[3_000_000]);
        await pipe.Writer.WriteAsync(new byte[47_000_000]);
        await pipe.Writer.CompleteAsync();
        Assert.Null(await reading);
        Assert.Equal(50_000_000, body.Bytes.Length);
    }

    [Fact]
    public async Task An_exhausted_budget_is_503_and_takes_nothing()
    {
        var budget = new BodyBudget(10_000);
        Assert.True(budget.TryTake(9_000));
        using (var body = new RequestBody(budget))
        {
            var error = await body.Read(PipeReader.Create(new MemoryStream(new byte[5_000])), 5_000, 100_000, CancellationToken.None);
            Assert.Equal(("ServiceUnavailable", 503), (error!.Code, error.Status));
        }

        Assert.Equal(9_000, budget.UsedBytes);
    }
}
