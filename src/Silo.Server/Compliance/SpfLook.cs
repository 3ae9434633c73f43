using Silo.Core.SenderAuthentication;
using Silo.Dns;

namespace Silo.Server.Compliance;

/// <summary>Evaluates SPF against DNS. What was asked once is not asked again by the same look, which is not for several threads.</summary>
internal sealed class SpfLook(DnsClient dns)
{
    private readonly Dictionary<SpfQuestion, SpfAnswer> _answers = [];

    public async ValueTask<SpfStep.Decided> Of(SpfRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (SpfEvaluator.Evaluate(request, _answers.GetValueOrDefault))
            {
                case SpfStep.Decided decided:
                    return decided;
                case SpfStep.Asks asks:
                    _answers[asks.Question] = await Ask(asks.Question, cancellationToken);
                    break;
            }
        }
    }

    private async ValueTask<SpfAnswer> Ask(SpfQuestion question, CancellationToken cancellationToken)
    {
        var type = question.Kind switch
        {
            SpfQuestionKind.Text => DnsRecordType.Txt,
            SpfQuestionKind.AddressV4 => DnsRecordType.A,
            SpfQuestionKind.AddressV6 => DnsRecordType.Aaaa,
            SpfQuestionKind.MailExchanger => DnsRecordType.Mx,
            _ => DnsRecordType.Ptr,
        };
        try
        {
            var answer = await dns.Query(question.Name, type, cancellationToken);
            return answer.Kind switch
            {
                DnsAnswerKind.Found => new SpfAnswer([.. answer.Records.Select(ValueOf).OfType<string>()]),
                // A name that cannot be asked for is not there.
                DnsAnswerKind.NoData or DnsAnswerKind.NameNotFound or DnsAnswerKind.BadName => new SpfAnswer([]),
                _ => new SpfAnswer(null),
            };
        }
        catch (OperationCanceledException)
        {
            return new SpfAnswer(null);
        }
    }

    private static string? ValueOf(DnsRecord record) => record switch
    {
        TextRecord text => text.Text,
        AddressRecord address => address.Address.ToString(),
        MxRecord exchanger => exchanger.Exchange,
        NameRecord { Type: DnsRecordType.Ptr } name => name.Target,
        _ => null,
    };
}
