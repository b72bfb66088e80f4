"""Words that made-up names are put together from, and the divisions they lie in.

Divisions: codes of Zhejiang's counties in 2020, and abolished ones that 16 % of real codes still
carry (Administrative-divisions-of-China).
"""

from __future__ import annotations

CITIES = {
    "3301": "杭州", "3302": "宁波", "3303": "温州", "3304": "嘉兴", "3305": "湖州", "3306": "绍兴",
    "3307": "金华", "3308": "衢州", "3309": "舟山", "3310": "台州", "3311": "丽水",
}  # fmt: skip

# Market entities per hundred, roughly as the cities' own bulletins give them.
CITY_WEIGHTS = {
    "3301": 24, "3302": 17, "3303": 14, "3304": 8, "3305": 5, "3306": 8,
    "3307": 10, "3308": 2, "3309": 2, "3310": 7, "3311": 3,
}  # fmt: skip

CURRENT_COUNTIES = [
    "330102上城区",
    "330103下城区",
    "330104江干区",
    "330105拱墅区",
    "330106西湖区",
    "330108滨江区",
    "330109萧山区",
    "330110余杭区",
    "330111富阳区",
    "330112临安区",
    "330122桐庐县",
    "330127淳安县",
    "330182建德市",
    "330203海曙区",
    "330205江北区",
    "330206北仑区",
    "330211镇海区",
    "330212鄞州区",
    "330213奉化区",
    "330225象山县",
    "330226宁海县",
    "330281余姚市",
    "330282慈溪市",
    "330302鹿城区",
    "330303龙湾区",
    "330304瓯海区",
    "330305洞头区",
    "330324永嘉县",
    "330326平阳县",
    "330327苍南县",
    "330328文成县",
    "330329泰顺县",
    "330371温州经济技术开发区",
    "330381瑞安市",
    "330382乐清市",
    "330383龙港市",
    "330402南湖区",
    "330411秀洲区",
    "330421嘉善县",
    "330424海盐县",
    "330481海宁市",
    "330482平湖市",
    "330483桐乡市",
    "330502吴兴区",
    "330503南浔区",
    "330521德清县",
    "330522长兴县",
    "330523安吉县",
    "330602越城区",
    "330603柯桥区",
    "330604上虞区",
    "330624新昌县",
    "330681诸暨市",
    "330683嵊州市",
    "330702婺城区",
    "330703金东区",
    "330723武义县",
    "330726浦江县",
    "330727磐安县",
    "330781兰溪市",
    "330782义乌市",
    "330783东阳市",
    "330784永康市",
    "330802柯城区",
    "330803衢江区",
    "330822常山县",
    "330824开化县",
    "330825龙游县",
    "330881江山市",
    "330902定海区",
    "330903普陀区",
    "330921岱山县",
    "330922嵊泗县",
    "331002椒江区",
    "331003黄岩区",
    "331004路桥区",
    "331022三门县",
    "331023天台县",
    "331024仙居县",
    "331081温岭市",
    "331082临海市",
    "331083玉环市",
    "331102莲都区",
    "331121青田县",
    "331122缙云县",
    "331123遂昌县",
    "331124松阳县",
    "331125云和县",
    "331126庆元县",
    "331127景宁畲族自治县",
    "331181龙泉市",
]

ABOLISHED_COUNTIES = [
    "330183富阳市",
    "330185临安市",
    "330204江东区",
    "330227鄞县",
    "330283奉化市",
    "330322洞头县",
    "330621绍兴县",
    "330682上虞市",
    "330719金华县",
    "331021玉环县",
]

BRAND_FIRST = (
    "云天华鑫恒宏嘉瑞德信诚安康盛泰富源丰润和雅欣博翔宇腾达凯隆兴越浙江湖海山林松柏兰梅竹明朗晨曙光"
)
BRAND_SECOND = (
    "达成峰利通联创科美新源泽宝来顺福昌茂荣业拓远航帆舟桥岳川岭谷禾田园庭居品味香艺匠工器"
)

INDUSTRIES = (
    "医疗器械", "医药", "大药房", "食品", "粮油", "农产品", "纺织", "服饰", "电子科技",
    "信息技术", "网络科技", "五金", "阀门", "机械", "模具", "塑料", "化工", "新材料", "建筑工程",
    "装饰", "物流", "商贸", "进出口", "餐饮管理", "酒店管理", "环保科技", "生物科技", "教育咨询",
    "文化创意", "物业管理", "汽车零部件", "电器", "包装", "印刷", "家具", "园林工程",
)  # fmt: skip

ENTERPRISE_FORMS = (
    "有限公司", "有限公司", "有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司",
    "厂", "（普通合伙）企业", "集团有限公司",
)  # fmt: skip

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹"
GIVEN_FIRST = "建国志明海小晓文永德玉秀丽春雪佳思雨子浩宇欣梓俊伟"
GIVEN_SECOND = "华军强明平芳英兰梅霞涛磊洋勇艳娜静敏杰娟超辉丹燕龙鹏"

BANKS = (
    "中国工商银行浙江省分行", "中国农业银行浙江省分行", "中国银行浙江省分行",
    "中国建设银行浙江省分行", "交通银行浙江省分行", "杭州银行", "宁波银行", "浙商银行",
    "温州银行", "浙江泰隆商业银行", "浙江网商银行", "杭州联合农村商业银行",
)  # fmt: skip

RECIPIENTS = (
    "浙江省红十字会", "浙江省慈善联合总会", "杭州市慈善总会", "宁波市慈善总会", "温州市红十字会",
    "武汉市慈善总会", "湖北省慈善总会", "浙江大学医学院附属第一医院",
)  # fmt: skip

ACTIVITIES = (
    "社区卡口值守", "口罩生产线突击支援", "防疫物资搬运", "健康码登记引导", "隔离点物资配送",
    "企业复工防疫宣传",
)  # fmt: skip

COUNTY_NAMES = {county[:6]: county[6:] for county in CURRENT_COUNTIES + ABOLISHED_COUNTIES}


def _weighted(counties: list[str]) -> list[str]:
    """County codes, each as often as its share of the city's weight asks (of about 1,000)."""
    codes = [county[:6] for county in counties]
    weighted = []
    for code in codes:
        in_city = sum(other[:4] == code[:4] for other in codes)
        weighted += [code] * max(CITY_WEIGHTS[code[:4]] * 10 // in_city, 1)
    return weighted


def word_lists() -> dict[str, list[str]]:
    """The lists that the SQL picks from, by the name of their DuckDB variable."""
    return {
        "current_counties": _weighted(CURRENT_COUNTIES),
        "abolished_counties": _weighted(ABOLISHED_COUNTIES),
        "brand_first": list(BRAND_FIRST),
        "brand_second": list(BRAND_SECOND),
        "industries": list(INDUSTRIES),
        "enterprise_forms": list(ENTERPRISE_FORMS),
        "surnames": list(SURNAMES),
        "given_first": list(GIVEN_FIRST),
        "given_second": list(GIVEN_SECOND),
        "banks": list(BANKS),
        "recipients": list(RECIPIENTS),
        "activities": list(ACTIVITIES),
    }
