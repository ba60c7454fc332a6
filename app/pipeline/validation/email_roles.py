"""Local parts that are a mailbox of several people, in the languages that our forms speak. A role tells no person."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

ROLES = frozenset(
    (
        # English, and what standards name
        "abuse accounting accounts admin administration administrator billing booking bookings care careers clients compliance "
        "contact contact-us contactus customercare customer-care customerservice customer-service customer.service "
        "dataprotection dpo enquiries enquiry events feedback finance gdpr general hello help helpdesk hostmaster hr info "
        "information inquiries invoice invoices it jobs legal mail mailbox mailer-daemon marketing media membership news "
        "newsletter no-reply no.reply noc noreply nobody office orders partner partners payroll postmaster press privacy "
        "procurement purchase purchasing quotes reception recruitment reservations returns rfq root sales secretary security "
        "service services shipping shop spam staff store studio support team tenders training web webmaster welcome "
        # German
        "anfrage anfragen bestellung bestellungen bewerbung bewerbungen buchhaltung buero büro datenschutz einkauf empfang "
        "gemeinde hallo hausverwaltung impressum kanzlei kontakt kundendienst kundenservice lager personalabteilung post "
        "poststelle praxis rechnung rechnungen redaktion reservierung sekretariat verkauf versand vertrieb verwaltung "
        "werkstatt zentrale "
        # French
        "accueil achat achats administratif bonjour commande commandes commercial comptabilite comptabilité direction devis "
        "facturation infos mairie recrutement reservation rh sav secretariat secrétariat service-client serviceclient vente "
        "ventes "
        # Spanish
        "administracion administración atencion atencionalcliente clientes comercial compras contabilidad contacto contratacion "
        "direccion empleo facturacion facturación gerencia hola informacion información pedidos recepcion reservas rrhh "
        "secretaria soporte tienda ventas "
        # Portuguese
        "administracao administração atendimento contabilidade contato faturamento financeiro geral loja marketing orcamento "
        "ouvidoria recepcao rh sac suporte vendas "
        # Italian
        "acquisti amministrazione assistenza clienti commerciale contabilita contabilità contatti direzione fatturazione "
        "informazioni negozio ordini prenotazioni segreteria ufficio ufficioacquisti vendite "
        # Dutch
        "administratie bestellingen boekhouding inkoop klantenservice receptie secretariaat verkoop welkom "
        # Polish, Czech
        "biuro faktury handlowy ksiegowosc obchod objednavky obsluga poczta rekrutacja sekretariat sklep sprzedaz zamowienia "
        # Russian, as written in addresses
        "buhgalter buhgalteria mail marketing opt otdel pochta priem priemnaya reklama sale sbyt sklad snab snabzhenie zakaz "
        "zakupki инфо почта заказ "
        # Chinese, as written in addresses
        "kefu xiaoshou caigou zhaopin shichang bangongshi"
    ).split()
)
