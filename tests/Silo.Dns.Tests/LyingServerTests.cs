using System.Net;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

public class LyingServerTests
{
    private const string Name = "mx.example.test";

    private static readonly DnsRecord Lie = new AddressRecord(Name, TimeSpan.FromHours(1), IPAddress.Parse("192.0.2.66"));
    private static readonly DnsRecord Truth = new AddressRecord(Name, TimeSpan.FromHours(1), IPAddress.Parse("192.0.2.1"));

    public static TheoryData<string> NotOurs => [.. Lies.Keys];

    private static Dictionary<string, ScriptedReply> Lies { get; } = new()
    {
        ["another id"] = new() { Answers = [Lie], IdOffset = 1 },
        ["another name"] = new() { Answers = [Lie], QuestionName = "mx.example.tess" },
        ["a name above"] = new() { Answers = [Lie], QuestionName = "example.test" },
        ["another type"] = new() { Answers = [Lie], QuestionType = DnsRecordType.Aaaa },
        ["another class"] = new() { Answers = [Lie], QuestionClass = 3 },
        ["another port"] = new() { Answers = [Lie], FromElsewhere = true },
        ["a question"] = new() { Answers = [Lie], IsResponse = false },
        ["no question, no error"] = new() { Answers = [Lie], LacksQuestion = true },
        ["nothing"] = new() { Raw = [], KeepsId = false },
        ["one byte"] = new() { Raw = [7], KeepsId = false },
        ["half a header"] = new() { Raw = [0x84, 0, 0, 1] },
        ["a header that ends in its question"] = new() { Raw = [0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 2, (byte)'m'] },
        ["a question that points at itself"] = new() { Raw = [0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(NotOurs))]
    public async Task A_message_that_does_not_answer_our_question_is_ignored_and_the_wait_goes_on(string lie)
    {
        await using var scene = Scene.Of();
        scene.Server.Reply(Name, Lies[lie], new ScriptedReply { Answers = [Truth] });

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Single(scene.Server.Asked);
    }

    [Theory]
    [MemberData(nameof(NotOurs))]
    public async Task Who_sends_only_such_messages_has_not_answered(string lie)
    {
        await using var scene = Scene.Of(options: new DnsClientOptions { Tries = 1 });
        scene.Server.Reply(Name, Lies[lie], Lies[lie]);

        var asked = scene.Ask(Name);
        await scene.Next();
        scene.Time.Advance(Scene.Timeout);

        Assert.Equal(DnsAnswerKind.TimedOut, (await asked).Kind);
    }

    [Fact]
    public async Task An_answer_that_breaks_the_format_is_a_failure_of_that_server_and_the_next_one_is_asked()
    {
        // One A record of three bytes; a pointer to itself; a count above what is there; a text beyond its record; two OPT records.
        byte[][] bodies =
        [
            [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 3, 1, 2, 3],
            [0xC0, 33, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4],
            [],
            [0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 2, 5, 1],
            [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xC0, 45],
        ];
        foreach (var body in bodies)
        {
            await using var scene = Scene.Of(servers: 2);
            var question = new PacketWriter().Question(Name, DnsRecordType.A).ToArray();
            scene.Servers[0].Reply(Name, new ScriptedReply { Raw = [0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, .. question, .. body] });
            scene.Servers[1].Add(Truth);

            Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
            Assert.Single(scene.Servers[0].Asked);
            Assert.Single(scene.Servers[1].Asked);
        }
    }

    [Fact]
    public async Task Records_of_other_names_are_no_answer_and_are_not_remembered()
    {
        await using var scene = Scene.Of(servers: 2);
        var bank = new AddressRecord("bank.test", TimeSpan.FromDays(1), IPAddress.Parse("192.0.2.7"));
        scene.Servers[0].Add(bank).Reply(Name, new ScriptedReply { Answers = [bank with { Address = IPAddress.Parse("192.0.2.66") }] });
        scene.Servers[1].Add(Truth);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Equal("192.0.2.7", Scene.AddressOf(await scene.Ask("bank.test")));
    }

    [Fact]
    public async Task Beside_the_answer_records_of_other_names_and_types_are_left_out()
    {
        await using var scene = Scene.Of();
        var reply = new ScriptedReply
        {
            Answers =
            [
                new AddressRecord("bank.test", TimeSpan.FromSeconds(1), IPAddress.Parse("192.0.2.66")), Truth,
                new TextRecord(Name, TimeSpan.FromSeconds(1), "v=spf1 +all"),
            ],
        };
        scene.Server.Reply(Name, reply);

        var answer = await scene.Ask(Name);

        Assert.Equal([Truth], answer.Records);
        Assert.Equal(scene.Time.GetUtcNow() + TimeSpan.FromHours(1), answer.ValidUntil);
    }

    [Fact]
    public async Task A_name_that_exists_and_does_not_is_a_failure()
    {
        await using var scene = Scene.Of();
        scene.Server.Reply(Name, new ScriptedReply { Code = 3, Answers = [Truth] });

        Assert.Equal(DnsAnswerKind.ServerFailure, (await scene.Ask(Name)).Kind);
    }

    [Fact]
    public async Task A_SOA_of_somebody_elses_zone_says_nothing_about_how_long_a_name_does_not_exist()
    {
        await using var scene = Scene.Of();
        var day = TimeSpan.FromDays(1);
        var soa = new SoaRecord("ample.test", day, "a", "b", 1, day, day, day, day);
        scene.Server.Reply(Name, new ScriptedReply { Code = 3, Authority = [soa] });

        var answer = await scene.Ask(Name);
        await scene.Ask(Name);

        Assert.Equal((DnsAnswerKind.NameNotFound, scene.Time.GetUtcNow()), (answer.Kind, answer.ValidUntil));
        Assert.Equal(2, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task An_answer_larger_than_asked_for_is_read_all_the_same()
    {
        await using var scene = Scene.Of();
        var text = new TextRecord(Name, TimeSpan.FromHours(1), new string('x', 30_000));
        scene.Server.Reply(Name, new ScriptedReply { Answers = [text], ExceedsPayload = true });

        Assert.Equal([text], (await scene.Ask(Name, DnsRecordType.Txt)).Records);
        Assert.False(scene.Server.Asked.Single().OverTcp);
    }
}
