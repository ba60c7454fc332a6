"""Words that tell what a value is: yes and no, languages, months, legal forms, family names. Compared casefolded."""

# ruff: noqa: SIM905, E501 - lists of words read best as words; wide characters count twice

from __future__ import annotations

from typing import Final

BOOLEANS: Final = frozenset(
    """true false yes no on off y n ja nein j oui non si sí sim não nao sì da да нет tak nie ano evet hayır igen nem nee nej kyllä
    ei 是 否 はい いいえ 예 아니요 نعم لا checked unchecked agreed accepted granted denied opt_in opt_out opted_in""".split()
)

# Beyond what validation refuses in any free field: texts that stand where a value should be.
PLACEHOLDERS: Final = frozenset(
    """first name|last name|full name|firstname lastname|your name|your email|your e-mail|your message|your company|vorname nachname|
    choose...|choose|bitte wählen|bitte auswählen|auswählen|- select -|--select--|-- select --|select an option|
    choisissez|sélectionnez|veuillez sélectionner|seleccione|selecciona|selecione|scegli|seleziona|wybierz|выберите|请选择|
    選択してください|선택하세요|seçiniz|nao informado|não informado|no aplica|sin datos|ohne angabe|k. a.|k.a.|не указано|нет данных|无|暂无|
    未填写|なし|missing|redacted|[redacted]|***|****|todo|string|sample|dummy|placeholder""".replace("\n    ", "").split("|")
)

LANGUAGES: Final = frozenset(
    """aa ab af am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo
    fr fy ga gd gl gn gu gv ha he hi hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku
    kv kw
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps
    pt qu rm rn
    ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve
    vi vo wa wo xh yi yo za zh zu""".split()
)
LANGUAGE_NAMES: Final = frozenset(
    """english german deutsch french français francais spanish español espanol castellano italian italiano dutch nederlands portuguese
    português portugues polish polski russian русский chinese 中文 简体中文 繁體中文 英语 japanese 日本語 korean 한국어 arabic العربية turkish
    türkçe swedish svenska danish dansk norwegian norsk finnish suomi czech čeština hungarian magyar greek ελληνικά ukrainian
    українська romanian română englisch französisch spanisch anglais allemand espagnol inglés ingles alemán francés inglês
    inglese
    tedesco английский немецкий hebrew עברית hindi हिन्दी vietnamese thai indonesian""".split()
)

_MONTHS: Final = """jan january januar januari janvier janv enero ene janeiro gennaio stycznia styczeń ledna января январь
    янв ocak
    мар фев апр июн июл авг окт ноя дек нояб сент февр янв
    feb february februar februari février févr fevrier febrero fevereiro fev febbraio lutego luty února февраля февраль фев
    şubat
    mar march märz maerz mrz maart mars marzo março marco marca marzec března марта март mart
    apr april avril avr abril abr aprile kwietnia kwiecień dubna апреля апрель апр nisan
    may mai mei mayo maio maggio maja maj května мая май mayıs
    jun june juni juin junio junho giugno czerwca czerwiec června июня июнь июн haziran
    jul july juli juillet juil julio julho luglio lipca lipiec července июля июль июл temmuz
    aug august août aout agosto ago sierpnia sierpień srpna августа август авг ağustos augustus augusti
    sep sept september septembre septiembre setembro set settembre września wrzesień září сентября сентябрь сен сент eylül
    oct october okt oktober octobre octubre outubro out ottobre października październik října октября октябрь окт ekim
    nov november novembre noviembre novembro listopada listopad listopadu ноября ноябрь ноя kasım
    dec december dez dezember décembre décembre déc diciembre dic dezembro dicembre grudnia grudzień prosince декабря декабрь
    дек
    aralık"""
MONTHS: Final = frozenset(_MONTHS.split())

# The last word of a company's name, without its points. Those of two letters count in capitals only.
LEGAL_FORMS: Final = frozenset(
    """aktiengesellschaft gmbh mbh ggmbh ug kg kgaa ohg gbr ag eg ev ek ekfr inc incorporated ltd limited llc llp lp plc corp corporation company co pty
    sa sas sasu sarl sàrl eurl snc sci scop sl slu sau sll lda ltda eireli sgps me mei epp cv sapi spa srl srls sapa bv nv
    vof bvba
    srlcv cvba ab hb aps as asa oy oyj oü sia uab kft zrt nyrt bt doo dd jsc pjsc ooo zao oao pao ood eood ad sro spzoo spj
    spk zoo
    ooo тоо тов kk yk pte sdn bhd berhad pvt tbk se anonim şti aş ltdşti ehf hf gesmbh holding holdings group gruppe groupe
    grupo
    gruppo partners partnership associates foundation stiftung verein""".split()
)
SHORT_LEGAL_FORMS: Final = frozenset(
    "Oy Ab AG AŞ KG UG SA SL BV NV AB AS OY SE CV LP CO EG EV EK HB BT DD AD KK YK HF ME".split()
)
LEADING_LEGAL_FORMS: Final = frozenset("ооо оао зао пао ао ип нко тоо тов чп фоп зат ват uab sia ооо. pt cv".split())
LEADING_CAPITALS: Final = frozenset("PT CV SARL EURL SAS SCI SNC NV UAB SIA OOO ZAO SARLU".split())
COMPANY_ENDS: Final = (
    "公司",
    "集团",
    "集團",
    "株式会社",
    "有限会社",
    "合同会社",
    "주식회사",
    "商行",
    "工厂",
    "(주)",
    "㈜",
    "事务所",
    "研究院",
)
COMPANY_STARTS: Final = ("株式会社", "有限会社", "合同会社", "주식회사", "(株)", "(주)", "㈜", "شركة ", "مؤسسة ")

# Common family names of one and two Han characters, of Korea, and the given names that make a full name likely.
HAN_SURNAMES: Final = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭萧田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁"
    "任卢盧姚沈姜崔钟鍾谭譚陆陸汪范石廖贾賈韦韋付方白邹鄒孟熊秦邱侯江尹薛闫阎雷龙龍史陶贺賀毛郝顾顧龚龔邵万萬覃武钱錢戴严嚴莫孔向常汤湯"
)
HAN_DOUBLE_SURNAMES: Final = frozenset("欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 东方 皇甫 尉迟 公孙 慕容 令狐".split())
JAPANESE_SURNAMES: Final = frozenset(
    """佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 清水 山崎 阿部 池田 橋本 森 石川 前田 藤田 小川
    岡田 後藤 長谷川 村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 岡本 松田 中川 中野 原田 小野""".split()
)
HANGUL_SURNAMES: Final = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진지엄채원천방공현"
)
HAN_PLACES: Final = frozenset(
    """江苏 江苏省 江西 江西省 苏州 苏州市 温州 温州市 安徽 安徽省 云南 云南省 黄山 黄冈 徐州 郑州 郑州市 邯郸 许昌 常州 常州市 万州 贺州 梁山
    石家庄 高雄 高雄市 马鞍山 江门 白山 白银 陶瓷 高级 高中 方案 任何 向上 周一 周二 周三 周四 周五 周六 周日 何时 万元 石油 白色 黄金 黄色 于是 常见
    马上 江南 江北 林业 金属 程序 方法 方式 高级经理 田径 严重 孔径 顾问 顾客 武汉 武汉市 毛利 钱包 戴尔 汤臣""".split()
)
HAN_TITLES: Final = ("先生", "女士", "小姐", "老师", "经理", "總", "总", "様", "さん")
GIVEN_NAMES: Final = frozenset(
    """anna anne maria marie mary john james robert michael william david richard thomas joseph charles daniel matthew mark paul andrew
    peter george kevin brian steven edward joe bob jim tom jane emily emma olivia sophia sarah susan linda karen lisa nancy
    laura
    julia julie jessica jennifer elizabeth patricia barbara hans klaus jürgen wolfgang stefan stephan andreas matthias martin
    christian tobias sebastian markus michael uwe jens heike sabine petra claudia monika katrin lena lukas leon jonas felix max
    pierre jean jacques michel philippe nicolas julien antoine luc camille chloé léa manon sophie nathalie isabelle catherine
    carlos josé jose juan luis miguel javier antonio manuel francisco pedro pablo diego alejandro fernando jorge carmen ana
    lucía
    lucia sofía elena isabel pilar marta cristina paula joão joao paulo rui tiago bruno rafael gabriel mateus luiz fernanda
    beatriz
    mariana juliana camila larissa giulia giovanni giuseppe marco luca matteo andrea francesca chiara alessandro jan piet kees
    sanne daan anneke willem piotr pawel paweł krzysztof tomasz anna katarzyna agnieszka małgorzata ivan sergey alexey dmitry
    olga natalia tatiana irina svetlana иван сергей алексей дмитрий александр андрей михаил николай владимир евгений павел
    игорь олег анна мария елена ольга наталья татьяна ирина светлана екатерина юлия анастасия дарья mohammed muhammad ahmed
    ali omar fatima aisha hassan hussein ibrahim yusuf محمد أحمد علي فاطمة عمر خالد سارة مريم عبد wei li ming jing hiroshi
    yuki kenji akira minh nguyen linh mehmet mustafa ayşe fatma emre lars sven erik björn ingrid astrid karin mikael johan
    pekka matti jari zoltán istván jános éva lászló jakub petr tomáš jana eva priya rahul amit raj arjun anita""".split()
)
# Words that stand in titles, cities and statuses as people's names never do: a text with one of them is no name.
NO_NAMES: Final = frozenset(
    """the of and or for with from to in on at by new my your our this that all more not is are was has have get free thank thanks you hello
    please contact request form lead leads ad ads campaign group page website site web online shop store order orders product
    products
    service services customer customers account team sales marketing manager director head chief officer ceo cto cfo founder
    owner
    engineer developer consultant assistant student president vice senior junior general email e-mail phone name address city
    street
    road avenue st ave rd blvd lane drive square platz straße strasse str weg allee gasse rue avenue boulevard chemin place
    calle
    avenida plaza via viale piazza rua travessa ulica ul улица ул проспект дом main center centre north south east west san
    santa
    saint los las el new port fort mount lake united states kingdom republic federal state county province region test demo
    trial
    premium basic standard plus pro business enterprise professional starter black white red blue green size small medium large
    changed created updated deleted assigned agent assignment event type status active inactive pending open closed
    subscribed google
    facebook instagram linkedin chrome safari firefox android iphone windows mac desktop mobile tablet info about price quote
    offer
    newsletter download webinar ebook whitepaper brochure catalogue summer winter spring autumn sale bike car cars home house
    system systems software solutions solution technologies technology tech consulting media digital university school
    hospital hotel
    restaurant bank insurance energy logistics industries industry international global company firma unternehmen société
    empresa
    geschäftsführer leiter leiterin einkauf vertrieb inhaber directeur gérant responsable directora gerente diretor director
    директор менеджер компания город область""".split()
)
SALUTATIONS: Final = frozenset(
    """mr mr. mrs mrs. ms ms. miss mx mx. dr dr. prof prof. sir madam herr frau herrn familie divers m. mme mme. mlle monsieur madame
    mademoiselle señor señora señorita sr sr. sra sra. srta senhor senhora signor signora sig. sig.ra dhr mevrouw mevr. heer pan pani
    г-н г-жа господин госпожа 先生 女士 小姐 様 씨 님 bay bayan السيد السيدة""".split()
)
PARTICLES: Final = frozenset(
    "af al ap av bin bint ben d da dal de del della den der di do dos das du e el ibn la las le les los ten ter und van von vom y zu zum zur st".split()
)
STREET_WORDS: Final = frozenset(
    """street st road rd avenue ave lane ln drive dr boulevard blvd court ct way place square terrace highway hwy parkway suite apt
    straße strasse str platz weg allee gasse ring damm ufer chaussee rue chemin impasse quai calle avenida avda av carrera paseo
    plaza camino via viale piazza corso largo rua travessa estrada alameda rodovia praça praca ulica ul aleja al plac улица ул
    проспект пр пр-т пер переулок шоссе бульвар дом straat laan weg plein gracht kade gatan gata vägen vägen vej gade tie katu
    utca út cadde caddesi sokak sokağı mahallesi""".split()
)
STREET_ENDS: Final = (
    "straße",
    "strasse",
    "str",
    "weg",
    "platz",
    "gasse",
    "allee",
    "straat",
    "laan",
    "gracht",
    "gatan",
    "vägen",
    "vej",
    "gade",
)
