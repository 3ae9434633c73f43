using Silo.Core.SenderAuthentication;
using Xunit;

namespace Silo.Core.Tests.SenderAuthentication;

/// <summary>A zone in lines of name, type and value; a type with an exclamation mark is not answered.</summary>
internal sealed class SpfZone(string text)
{
    private readonly (string Name, string Type, string Value)[] _records =
    [
        .. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(' ', 3)).Select(p => (p[0], p[1], p.Length > 2 ? p[2] : "")),
    ];

    /// <summary>What was asked, in its order.</summary>
    public List<SpfQuestion> Asked { get; } = [];

    public SpfStep.Decided Check(string ip, string domain = "acme.example", string? sender = null, string hello = "mail.acme.example")
    {
        Assert.True(IpNumber.TryParse(ip, out var address), ip);
        var known = new Dictionary<SpfQuestion, SpfAnswer>();
        var request = new SpfRequest(address, domain, sender ?? $"news@{domain}", hello);
        while (true)
        {
            switch (SpfEvaluator.Evaluate(request, known.GetValueOrDefault))
            {
                case SpfStep.Decided decided:
                    return decided;
                case SpfStep.Asks { Question: var question }:
                    Assert.True(known.TryAdd(question, Answer(question)), $"{question} is asked twice.");
                    Assert.True(known.Count < 500, "It asks without end.");
                    Asked.Add(question);
                    break;
            }
        }
    }

    private SpfAnswer Answer(SpfQuestion question)
    {
        var type = question.Kind switch
        {
            SpfQuestionKind.Text => "TXT", SpfQuestionKind.AddressV4 => "A", SpfQuestionKind.AddressV6 => "AAAA",
            SpfQuestionKind.MailExchanger => "MX", _ => "PTR",
        };
        var ofName = _records.Where(r => r.Name.Equals(question.Name, StringComparison.OrdinalIgnoreCase)).ToList();
        return ofName.Any(r => r.Type == type + "!")
            ? new SpfAnswer(null)
            : new SpfAnswer([.. ofName.Where(r => r.Type == type).Select(r => r.Value)]);
    }
}
